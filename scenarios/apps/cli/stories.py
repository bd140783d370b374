"""`gateway-sim stories`: each variant of the stories over seeds, and the stories' pages."""

from __future__ import annotations

import shlex
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_folder, written
from gateway_sim.scenarios.apps.cli.options import Jobs, Json, Scheduler, StoreFolder, workers_of
from gateway_sim.scenarios.apps.cli.progress import Ending, stoppable, watched
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.apps.cli.stores import storing
from gateway_sim.scenarios.sim.errors import UsageError, check

if TYPE_CHECKING:
    from gateway_sim.scenarios.orchestration.stories import Scenario

SEEDS = 20


def play_stories(
    story: Annotated[
        list[str] | None,
        typer.Argument(help="Play only these stories. Default: all.", autocompletion=completed("scenario")),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Play every variant with seeds 0 to N-1.")] = SEEDS,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    store: StoreFolder = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write each story's page here; the text outside of its marks stays."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Play every variant of each story over seeds; exit 0 if each verdict is the expected one and damage agrees.

    A half-fixed variant is played once for each part that it may lack. Ctrl-C shows the stories that were played whole.
    """
    from rich.console import Console

    from gateway_sim.scenarios.compare.story_figures import specs_of, summed_up
    from gateway_sim.scenarios.orchestration import stories
    from gateway_sim.scenarios.report.story_page import (
        agreement,
        beside_table,
        figures_part,
        figures_table,
        filled,
        legend,
        new_page,
    )
    from gateway_sim.scenarios.run.result import by_kind
    from gateway_sim.scenarios.run.sweep import jobs_worth, sweep

    chosen = [stories.load(check("scenario", name, stories.names())) for name in story or stories.names()]
    for one in chosen:
        if one.missing():
            raise UsageError(
                f"{one.name} needs {', '.join(one.missing())}; run: pip install 'gateway-sim[orchestration]'"
            )
    if into:
        check_folder("--into", into)
        for one in chosen:
            _check_page(into / f"{one.name}.md")
    of_each = [specs_of(one, seeds) for one in chosen]
    specs = [spec for of_one in of_each for spec in of_one]
    workers = workers_of(jobs, scheduler, jobs_worth(specs))
    said, found, ending = Console(stderr=True), [], Ending()
    with storing(store, "stories", ending, said, runs=len(specs)) as kept, stoppable(ending, said):
        playing = watched(sweep(specs, workers, store=kept), "stories", total=len(specs), console=said)
        for one, of_one in zip(chosen, of_each, strict=True):
            figures = summed_up(one, by_kind(islice(playing, len(of_one)))[1])
            found.append(figures)
            if not as_json:
                out = screen()
                for table in filter(None, (figures_table(figures), beside_table(figures))):
                    out.print(table, crop=False)
                out.print(f"{legend(figures)} {agreement(figures)}\n", style="dim", highlight=False)
            if into:
                command = shlex.join(["gateway-sim", "stories", one.name, "--seeds", str(seeds)])
                parts = {**own_parts(one), "figures": figures_part(figures, command)}
                path = into / f"{one.name}.md"
                path.parent.mkdir(parents=True, exist_ok=True)
                written(path, filled(path.read_text() if path.exists() else new_page(one), parts), "page", said)
        # the last line of progress
        next(playing, None)
    if as_json:
        printed("stories", {"stories": [one.document() for one in found], "stopped": ending.stopped})
    held = not any(one.disagreeing or one.unexpected for one in found)
    raise typer.Exit(ending.status(held=held))


def own_parts(story: Scenario) -> dict[str, str]:
    """Return the parts of a story's page that need no run."""
    from gateway_sim.scenarios.apps.cli.catalogue import STORIES
    from gateway_sim.scenarios.apps.cli.setting_names import settings_of_story, table
    from gateway_sim.scenarios.report.story_page import text_parts
    from gateway_sim.scenarios.sim import registry

    parameters = table(settings_of_story(story.name)).only(0, 2, 3, 4, 5)
    return text_parts(story, registry.written(STORIES, story.name)["__doc__"], parameters)


def _check_page(path: Path) -> None:
    """Raise for a page that has no part between marks."""
    from gateway_sim.scenarios.report.story_page import MARKED

    if path.exists() and not MARKED.search(path.read_text()):
        raise typer.BadParameter(
            f"--into {path.parent}: {path.name} is there and has no part between <!-- story: figures --> and "
            "<!-- end -->; add these lines, or name another folder"
        )
