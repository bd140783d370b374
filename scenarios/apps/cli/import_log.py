"""`gateway-sim import`: an incident's log becomes a world and a race, and every fix is tried on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.options import Jobs, Json
from gateway_sim.scenarios.apps.cli.screen import screen

MISS = "404"

if TYPE_CHECKING:
    from gateway_sim.scenarios.races.incidents.reading import Incident
    from gateway_sim.scenarios.run.result import RaceResult

INTERNAL = ("anchor", "anchor_s", "next_s")
"""What a window says to the replay only."""


def import_log(
    file: Annotated[
        Path,
        typer.Argument(
            help="An access log of Envoy, nginx or AWS ALB, or CSV or JSON lines, perhaps .gz: see docs/incidents.md."
        ),
    ],
    job: Annotated[str | None, typer.Option(help="The job to read, where a log holds several.")] = None,
    miss: Annotated[
        str, typer.Option(metavar="CODES", help="Statuses, or flags of Envoy, that say that there was no route.")
    ] = MISS,
    columns: Annotated[
        str | None, typer.Option(metavar="F=C,...", help="The log's own names: time=@timestamp,status=code.")
    ] = None,
    client: Annotated[
        str, typer.Option(help="The client's retry policy on the day.", autocompletion=completed("client"))
    ] = "plain",
    gateway: Annotated[
        str,
        typer.Option(help="The gateway's answer to a missing route on the day.", autocompletion=completed("gateway")),
    ] = "not-found",
    seeds: Annotated[int, typer.Option(min=1, help="Worlds to draw from what the log leaves open.")] = 5,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Read an incident's log into a race, play it under every fix; exit 0 if the pair of the day breaks in it."""
    from rich.console import Console
    from rich.text import Text

    from gateway_sim.scenarios.apps.cli.progress import progress_bar, watched
    from gateway_sim.scenarios.races import incidents
    from gateway_sim.scenarios.races.incidents.log import told_skipped
    from gateway_sim.scenarios.races.incidents.source import Source, columns_of, misses_of
    from gateway_sim.scenarios.report.tables import verify_table
    from gateway_sim.scenarios.run.matrix import CLIENTS, VERIFIED, in_full
    from gateway_sim.scenarios.run.plans import race_plan
    from gateway_sim.scenarios.run.result import by_kind
    from gateway_sim.scenarios.run.spec import RunSpec
    from gateway_sim.scenarios.run.sweep import sweep
    from gateway_sim.scenarios.run.workers import Workers, default_jobs

    said = Console(stderr=True)
    source = Source(file, job, misses_of(miss), columns_of(columns))
    with progress_bar(said) as bar:
        task = bar.add_task("reading", total=None, note="")
        incident = incidents.read(source, lambda done, whole: bar.update(task, completed=done, total=whole))
    skipped = f"; skipped: {told_skipped(incident.skipped)}" if incident.skipped else ""
    said.print(f"read as {incident.format}{skipped}", style="dim")
    race = source.word
    of_the_day = RunSpec(race, client, gateway)
    of_the_day = race_plan(of_the_day).spec
    pairs = [in_full(RunSpec(race, name, gateway.name)) for gateway in VERIFIED for name in CLIENTS]
    pairing = [of_the_day, *(pair for pair in pairs if pair != of_the_day)]
    specs = [replace(pair, seed=seed) for pair in pairing for seed in range(seeds)]
    swept = watched(sweep(specs, Workers(jobs or default_jobs())), "playing", total=len(specs), console=said)
    results, _ = by_kind(swept)
    again = [run for run in results[:seeds] if run.verdict == "broken"]
    if as_json:
        printed("import", _document(incident, results, len(again)))
    else:
        out = screen()
        for line in (*_sentences(incident), *incident.notes):
            out.print(Text(line), soft_wrap=True)
        out.print(verify_table(sorted(results, key=lambda run: (run.gateway, bool(run.settings)))))
        out.print(Text(f"as on the day, {client} under {gateway}: broken in {len(again)} of {seeds} worlds"))
        out.print(Text((again or results)[0].replay, style="dim"), soft_wrap=True)
    raise typer.Exit(0 if again else 1)


def _sentences(incident: Incident) -> list[str]:
    """Say each window in a line."""
    lines = []
    for w in incident.windows:
        who = ", ".join(f"gw-{n}" for n in w.replicas)
        begin = f"between {w.after_s:g} and {w.from_s:g} s" if w.after_s >= 0 else "before the first request"
        lines.append(f"{who}: lost sight of the route {begin}, saw it again between {w.to_s:g} and {w.before_s:g} s")
    return lines


def _document(incident: Incident, results: list[RaceResult], again: int) -> dict[str, Any]:
    """Return the world and its runs as plain JSON values; an open beginning is null."""
    windows = [
        {name: value for name, value in vars(w).items() if name not in INTERNAL}
        | {"after_s": w.after_s if w.after_s >= 0 else None}
        for w in incident.windows
    ]
    world = {
        "settings": vars(incident.settings),
        "windows": windows,
        "notes": list(incident.notes),
        "format": incident.format,
        "skipped": dict(incident.skipped),
    }
    return {"world": world, "runs": [result.document() for result in results], "broken_as_on_the_day": again}
