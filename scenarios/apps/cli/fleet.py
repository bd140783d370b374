"""`gateway-sim fleet`: a team's own nodes, jobs and queues under each placement."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.config_file import ConfigFile, read_config
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_written, written
from gateway_sim.scenarios.apps.cli.options import Json, settings_words
from gateway_sim.scenarios.apps.cli.progress import Ending, stoppable, watched
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.sim.errors import UsageError, check

if TYPE_CHECKING:
    from gateway_sim.scenarios.orchestration.fleets.tally import Tally
    from gateway_sim.scenarios.orchestration.workloads.sandbox import Make


def play_fleet(
    nodes: Annotated[Path, typer.Option(metavar="FILE", help="The nodes, a CSV or Parquet file.")],
    jobs: Annotated[Path, typer.Option(metavar="FILE", help="The jobs, a CSV or Parquet file (docs/fleet.md).")],
    queues: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="Quotas: Kueue's ClusterQueue and LocalQueue objects.")
    ] = None,
    placement: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this placement; may be repeated. Default: all five.",
            autocompletion=completed("placement"),
        ),
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(
            metavar="scheduler=PART",
            help="A scheduler of your own, beside these; may be repeated.",
            autocompletion=completed("scheduler=PART"),
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="The seed of random placement, and of an order without times.", show_default="0"),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="K=V",
            help="A setting of the replay; may be repeated.",
            autocompletion=completed("K=V of a fleet"),
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Take settings from this file; --set wins.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the page with the GPUs over time here.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the table here, for a repository.")] = None,
    log: Annotated[Path | None, typer.Option(help="Write every event here, as CSV.")] = None,
    as_json: Json = False,
) -> None:
    """Play a fleet's jobs under each placement: waits, stranded GPU-hours, SLA misses, preemptions.

    A scheduler of your own is one placement more (docs/parts.md). Ctrl-C, or a wrong answer of it, shows those so far,
    and writes no file.
    """
    from rich.console import Console

    from gateway_sim.scenarios.orchestration.fleets.inputs import read_jobs, read_nodes
    from gateway_sim.scenarios.orchestration.fleets.queues import read_queues
    from gateway_sim.scenarios.orchestration.fleets.replay import PLACEMENTS, fleet_of, outcomes
    from gateway_sim.scenarios.orchestration.fleets.settings import FleetSettings
    from gateway_sim.scenarios.orchestration.parts import PartFailed
    from gateway_sim.scenarios.report.fleet import fleet_markdown, fleet_page, fleet_table, remarks
    from gateway_sim.scenarios.world.setting_words import apply_settings

    files: dict[str, Path | None] = {"--nodes": nodes, "--jobs": jobs, "--queues": queues, "--config": config}
    check_written(("--html", html), ("--markdown", markdown), ("--log", log), reads=files)
    chosen = [
        name for name in PLACEMENTS if name in {check("placement", p, PLACEMENTS) for p in placement or PLACEMENTS}
    ]
    given, told = settings_words(sets), read_config(config) if config else ConfigFile()
    for name, given_there in (("sweep", told.sweep), ("seeds", told.seeds)):
        if given_there:
            raise UsageError(f"{config}, line {told.lines[name]}: fleet plays each placement once; leave {name} out")
    seed = seed if seed is not None else told.seed or 0
    own = schedulers(part or [])
    with told.named(given):
        (settings,) = apply_settings({**told.settings, **given}, FleetSettings())
    said = Console(stderr=True)
    rooms = read_nodes(nodes)
    fleet = fleet_of(rooms, read_jobs(jobs, rooms), read_queues(queues) if queues else None, settings, seed)
    found, tallies, ending, many = [], {}, Ending(), len(chosen) + len(own)
    failed: PartFailed | None = None
    with stoppable(ending, said):
        try:
            for outcome, tally in watched(outcomes(fleet, chosen, own), "fleet", total=many, console=said):
                found.append(outcome)
                if html or log:
                    tallies[outcome.placement] = tally
        except PartFailed as error:
            failed = error
    if ending.stopped or failed:
        said.print(f"stopped after {len(found)} of {many} placements")
    if not found:
        raise typer.Exit(ending.status(held=True))
    if as_json:
        left_out = [
            {"reason": reason, "rows": many, "line": line} for reason, (many, line) in fleet.left_out.reasons.items()
        ]
        printed("fleet", {
            "nodes": len(fleet.nodes), "gpus": fleet.gpus, "jobs": found[0].jobs, "timed": fleet.timed, "seed": seed,
            "settings": {**told.settings, **given}, "left_out": left_out,
            "not_played": list(fleet.queues.unread) if fleet.queues else [],
            "placements": [outcome.document() for outcome in found], "stopped": ending.stopped or failed is not None,
        })  # fmt: skip
    else:
        out = screen()
        out.print(fleet_table(fleet, found), crop=False)
        for remark in remarks(fleet, found):
            out.print(remark, highlight=False, style="yellow")
    if ending.stopped or failed:
        raise failed or typer.Exit(ending.status(held=True))
    replay = _replay(files, [*(placement or ())], list(own), seed, given)
    if html:
        written(html, fleet_page(fleet, found, tallies, replay), "page", said)
    if markdown:
        written(markdown, fleet_markdown(fleet, found, replay), "page", said)
    if log:
        written(log, _log_text(tallies), "log", said)


def schedulers(parts: list[str]) -> dict[str, Make]:
    """Return what makes each scheduler that `--part scheduler=PART` names, by PART. Raises `PartRefused`."""
    from gateway_sim.scenarios.orchestration.parts import put_into
    from gateway_sim.scenarios.orchestration.ports.scheduler import NAME

    found = {}
    for said in dict.fromkeys(parts):
        if ":" in said and "=" not in said:
            raise typer.BadParameter(f"--part {said}: write --part {NAME}={said}")
        given = settings_words([said], "--part")
        found.update({given[port]: make for port, make in put_into("fleet", [NAME], given).items()})
    return found


def _replay(
    files: Mapping[str, Any], placements: list[str], parts: list[str], seed: int, sets: Mapping[str, str]
) -> str:
    words = [word for option, path in files.items() if path for word in (option, str(path))]
    words += [word for name in placements for word in ("--placement", name)]
    words += [word for name in parts for word in ("--part", f"scheduler={name}")]
    words += ["--seed", str(seed), *(word for name, value in sets.items() for word in ("--set", f"{name}={value}"))]
    return shlex.join(["gateway-sim", "fleet", *words])


def _log_text(tallies: Mapping[str, Tally]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["placement", "at_s", "event", "job", "node"])
    for name, tally in tallies.items():
        rows.writerows((name, f"{at_s:.6f}", what, job, node) for at_s, what, job, node in tally.log)
    return text.getvalue()
