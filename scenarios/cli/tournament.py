"""`gateway-sim tournament`: all policies on the same seeds, with intervals, costs and the Pareto front."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.options import Json, check_written, written


def play_tournament(
    seeds: Annotated[int, typer.Option(min=1, help="Play every race under every pair with seeds 0 to N-1.")] = 40,
    race: Annotated[list[str] | None, typer.Option(help="Play this race only; may be repeated.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes; the results do not depend on it.")] = 2,
    html: Annotated[Path | None, typer.Option(help="Write one page here.")] = None,
    as_json: Json = False,
) -> None:
    """Play every client policy against every gateway policy; exit 0 if the project's own fixes hold what they claim."""
    from rich.console import Console
    from rich.progress import track

    from scenarios.claims import claims
    from scenarios.reports.comparison import COLUMNS, comparison
    from scenarios.reports.tournament_page import tournament_page, tournament_table
    from scenarios.runner import RunSpec, run
    from scenarios.tournament import GATEWAYS, document, scores, specs, standings

    check_written(("--html", html))
    said = Console(stderr=True)
    entries = specs(seeds, race or ())
    workers = min(jobs, os.cpu_count() or 1)
    said.print(f"{len(entries)} runs on {workers} processes", style="dim")
    played = scores(entries, workers)
    found = list(track(played, "tournament", total=len(entries), console=said, transient=True))
    ranked = standings(found)
    held = claims(ranked)
    if as_json:
        print(json.dumps(document(seeds, found)))
    else:
        Console(width=max(Console().width, 160)).print(tournament_table(ranked, held))
    if html:
        tuned = {gateway: settings for gateway, settings in GATEWAYS if settings}
        rows = comparison(
            run(RunSpec(name, client, gateway, settings=tuned[gateway] if with_settings else {}))
            for name in ("fresh-route", "job-deleted", "mid-training-flap", "incident-344", "healthy")
            for _, client, gateway, with_settings in COLUMNS
        )
        written(html, tournament_page(seeds, rows, ranked, held, found))
        said.print(f"page: {html}", style="dim")
    raise typer.Exit(0 if all(claim.holds for claim in held) else 1)
