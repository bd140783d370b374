"""`gateway-sim run NAME --sweep`: the same story or race under each value of a setting."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import written
from gateway_sim.scenarios.apps.cli.options import settings_words, workers_of
from gateway_sim.scenarios.apps.cli.progress import Ending, stoppable, watched
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.apps.cli.stores import storing

if TYPE_CHECKING:
    from rich.console import Console

    from gateway_sim.scenarios.run.result import RunResult
    from gateway_sim.scenarios.run.spec import RunSpec

THE_FIX = "fixed"
"""The variant of a story that is swept unless another is named: in it a value's price is not hidden by damage."""


@dataclass(frozen=True)
class SweepAsked:
    """What to sweep: a word of values for each setting; seeds, where runs are played and kept, the files to write."""

    words: Mapping[str, str]
    seeds: Sequence[int]
    jobs: int | None
    scheduler: str | None
    store: Path | None
    html: Path | None
    markdown: Path | None


def swept_words(pairs: Sequence[str] | None, of_file: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the values of each swept setting; what the command line says replaces what the file says."""
    own = settings_words(list(pairs or ()), option="--sweep")
    for name in own.keys() & given.keys():
        raise typer.BadParameter(f"--sweep {name}: --set sets it to one value; say it once")
    return {name: word for name, word in of_file.items() if name not in given} | own


def check_sweep(**files: object) -> None:
    """Raise `typer.BadParameter` for an option that shows one run: a sweep has many."""
    for name, value in files.items():
        if value:
            raise typer.BadParameter(f"--{name} shows one run; leave it out of a sweep")


def play_sweep(spec: RunSpec, asked: SweepAsked, said: Console, *, as_json: bool) -> None:
    """Play the values, print the table, write the files; exit 1 where not all runs could be played or kept.

    Of a sweep that was stopped, the table has the values of which all seeds were played, and no file is written.
    """
    from dataclasses import replace

    from gateway_sim.scenarios.compare.setting_sweep import grid, specs_of, summed_up, values_of
    from gateway_sim.scenarios.orchestration import stories
    from gateway_sim.scenarios.report.setting_sweep import legend, sweep_markdown, sweep_page, sweep_table
    from gateway_sim.scenarios.run.plans import resolve
    from gateway_sim.scenarios.run.runner import run_plans
    from gateway_sim.scenarios.run.sweep import jobs_worth, sweep

    if spec.race in stories.names() and "variant" not in {**spec.settings, **asked.words}:
        spec = replace(spec, settings={"variant": THE_FIX, **spec.settings})
        said.print(f"variant={THE_FIX}; --set variant=broken sweeps another", style="dim")
    values = grid(spec, {name: values_of(word, name) for name, word in asked.words.items()})
    specs = specs_of(spec, values, asked.seeds)
    workers = workers_of(asked.jobs, asked.scheduler, jobs_worth(specs))
    ending = Ending()
    results: list[RunResult] = []
    with storing(asked.store, "run --sweep", ending, said, runs=len(specs)) as kept, stoppable(ending, said):
        virtual = spec.engine == "virtual"
        playing = sweep(specs, workers, store=kept) if virtual else run_plans(map(resolve, specs))
        for result in watched(playing, f"{spec.race}, {len(specs)} runs", total=len(specs), console=said):
            results.append(result)
    seeds = len(asked.seeds)
    whole = len(results) // seeds
    if ending.stopped:
        said.print(f"stopped after {len(results)} of {len(specs)} runs: {whole} of {len(values)} values are whole")
    if not whole:
        raise typer.Exit(ending.status(held=True))
    found = summed_up(spec, values[:whole], seeds, results[: whole * seeds])
    if as_json:
        printed("sweep", {**found.document(), "stopped": ending.stopped})
    else:
        out = screen()
        out.print(sweep_table(found), crop=False)
        out.print(found.sentence(), style="bold", highlight=False)
        out.print(legend(found), style="dim", highlight=False)
    for path, text in ((asked.html, sweep_page), (asked.markdown, sweep_markdown)):
        if path and not ending.stopped:
            written(path, text(found, _replay(spec, asked)), "page", said)
    raise typer.Exit(ending.status(held=True))


def _replay(spec: RunSpec, asked: SweepAsked) -> str:
    """Return the command that plays the sweep again."""
    from gateway_sim.scenarios.orchestration import stories

    played = spec.replay_of_story if spec.race in stories.names() else spec.replay
    words = shlex.split(played)
    at = words.index("--seed")
    seeds = ["--seeds", str(len(asked.seeds))] if len(asked.seeds) > 1 else ["--seed", str(asked.seeds[0])]
    sweeps = [word for name, value in asked.words.items() for word in ("--sweep", f"{name}={value}")]
    return shlex.join([*words[:at], *sweeps, *seeds, *words[at + 2 :]])
