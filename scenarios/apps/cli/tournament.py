"""`gateway-sim tournament`: all policies on the same seeds, with intervals, costs and the Pareto front."""

from __future__ import annotations

import itertools
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_written, written
from gateway_sim.scenarios.apps.cli.options import (
    Driver,
    FromStore,
    GatewayReady,
    Json,
    OwnSdk,
    Scheduler,
    StoreFolder,
    sdk_of,
    workers_of,
)
from gateway_sim.scenarios.apps.cli.progress import Ending, stoppable, watched
from gateway_sim.scenarios.apps.cli.stores import check_alone, storing
from gateway_sim.scenarios.run.workers import Workers, default_jobs

if TYPE_CHECKING:
    from gateway_sim.scenarios.compare.claims import Claim
    from gateway_sim.scenarios.compare.pair_summary import PairSummary
    from gateway_sim.scenarios.compare.tournament import Score
    from gateway_sim.scenarios.compare.warm_up_costs import Row

NARROWEST = 100
"""Columns of a terminal that the tables need."""


def play_tournament(
    seeds: Annotated[
        int | None,
        typer.Option(min=1, help="Play every race under every pair with seeds 0 to N-1.", show_default="40"),
    ] = None,
    race: Annotated[
        list[str] | None, typer.Option(help="Play this race only; may be repeated.", autocompletion=completed("race"))
    ] = None,
    client: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only pairs with this client policy; may be repeated.",
            autocompletion=completed("client"),
        ),
    ] = None,
    gateway: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only pairs with this gateway policy; may be repeated.",
            autocompletion=completed("gateway"),
        ),
    ] = None,
    driver: Driver = "client",
    sdk: OwnSdk = None,
    gateway_command: Annotated[
        list[str] | None,
        typer.Option(metavar="COMMAND", help="Add a row for this gateway of yours, played live; may be repeated."),
    ] = None,
    gateway_app: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE:NAME", help="Add a row for this ASGI app of yours, in virtual time."),
    ] = None,
    gateway_ready: GatewayReady = None,
    gateway_seeds: Annotated[
        int, typer.Option(min=1, help="Seeds of each race with a gateway of yours: a live run takes seconds.")
    ] = 1,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; the results do not depend on it.", show_default="2")
    ] = None,
    scheduler: Scheduler = None,
    store: StoreFolder = None,
    from_store: FromStore = None,
    html: Annotated[Path | None, typer.Option(help="Write one page here.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the page here as Markdown, for a repository.")] = None,
    as_json: Json = False,
) -> None:
    """Play every client policy against every gateway policy; exit 0 if the claims about this project's fixes hold.

    The table of PR 348 comes first, measured. Ctrl-C shows the runs so far, and writes no page. A gateway of yours
    gets a row, and no claim is made about it.
    """
    workers = workers_of(min(jobs, default_jobs()) if jobs else None, scheduler, min(2, default_jobs()))
    from rich.console import Console

    from gateway_sim.scenarios.compare.claims import claims
    from gateway_sim.scenarios.compare.pair_summary import pair_summaries
    from gateway_sim.scenarios.compare.tournament import own_specs, scores, specs
    from gateway_sim.scenarios.compare.warm_up_costs import comparison, measuring
    from gateway_sim.scenarios.report.tables import comparison_table
    from gateway_sim.scenarios.report.tournament import tournament_markdown, tournament_page, tournament_table
    from gateway_sim.scenarios.run.matrix import is_ours
    from gateway_sim.scenarios.run.plans import race_plan
    from gateway_sim.scenarios.run.result import by_kind
    from gateway_sim.scenarios.run.spec import GatewayProgram
    from gateway_sim.scenarios.run.store import different
    from gateway_sim.scenarios.run.sweep import sweep

    check_written(("--html", html), ("--markdown", markdown))
    said = Console(stderr=True)
    ending = Ending()
    if from_store:
        chosen_by = {"--race": race, "--client": client, "--gateway": gateway, "--seeds": seeds, "--sdk": sdk}
        own_ones = {"--gateway-command": gateway_command, "--gateway-app": gateway_app}
        where = {"--jobs": jobs, "--scheduler": scheduler, "--store": store}
        check_alone(from_store, {**chosen_by, **own_ones, **where})
        seeds, rows, found = _kept_in(from_store)
        wanted = len(found)
    else:
        seeds = seeds or 40
        callers, apps = client or (), [GatewayProgram(app=app) for app in gateway_app or ()]
        entries = specs(seeds, race or (), sdk_of(driver, sdk), by_clients=callers, behind=gateway or ())
        programs = [GatewayProgram(command, (), gateway_ready) for command in gateway_command or ()]
        own = own_specs(programs, gateway_seeds, race or (), by_clients=callers)
        entries += own_specs(apps, seeds, race or (), by_clients=callers)
        for spec in [*own, *(spec for spec in entries if spec.own_gateway)]:
            # words that are off, before any run
            race_plan(spec)
        said.print(f"{len(entries)} runs {workers.words}", style="dim")
        if own:
            said.print(f"and {len(own)} live runs of your gateway, some seconds each, one after the other", style="dim")
        wanted = len(entries) + len(own)
        rows, found = [], []
        runs = different(measuring()) + different([*entries, *own])
        with storing(store, "tournament", ending, said, runs=runs, seeds=seeds) as kept, stoppable(ending, said):
            rows = comparison(by_kind(sweep(measuring(), Workers(), store=kept))[0])
            playing = itertools.chain(scores(entries, workers, kept), scores(own, Workers(), kept))
            for score in watched(playing, "tournament", total=wanted, console=said):
                found.append(score)
    ranked = pair_summaries(found)
    held = claims([pair for pair in ranked if is_ours(pair.client, pair.gateway)])
    if as_json:
        printed("tournament", {**document(seeds, rows, ranked, held, found), "stopped": ending.stopped})
    else:
        out = Console(width=max(said.width, NARROWEST))
        out.print(comparison_table(rows))
        out.print(tournament_table(ranked, held))
        if ending.stopped:
            out.print(f"stopped after {len(found)} of {wanted} runs: the numbers are without the other races")
    if not ending.stopped:
        for page, write in ((html, tournament_page), (markdown, tournament_markdown)):
            if page:
                written(page, write(seeds, rows, ranked, held, found), "page", said)
    raise typer.Exit(ending.status(held=all(claim.holds is not False for claim in held)))


def _kept_in(folder: Path) -> tuple[int, list[Row], list[Score]]:
    """Return the seeds of a store's tournament, the rows of PR 348's table, and the scores."""
    from gateway_sim.scenarios.compare.tournament import Score
    from gateway_sim.scenarios.compare.warm_up_costs import comparison
    from gateway_sim.scenarios.run.result import RaceResult
    from gateway_sim.scenarios.run.store import Store

    store = Store.of(folder, "tournament")
    records = list(store.records())
    rows = comparison(one for one in records if isinstance(one, RaceResult))
    return int(store.told["seeds"]), rows, [one for one in records if isinstance(one, Score)]


def document(
    seeds: int, rows: list[Row], ranked: list[PairSummary], held: list[Claim], found: list[Score]
) -> dict[str, Any]:
    """Return the tournament as plain JSON values: the PR's table, pair summaries, claims, and races."""
    from gateway_sim.scenarios.compare.pair_summary import shares

    return {
        "seeds": seeds,
        "runs": len(found),
        "comparison": [row.document() for row in rows],
        "standings": [{**asdict(one), "told_s": one.told_s} for one in ranked],
        "claims": [asdict(claim) for claim in held],
        "races": shares(found),
    }
