"""`gateway-sim verify`: every race under its pairs, and the table of PR 348."""

from pathlib import Path
from typing import Annotated

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_written, written
from gateway_sim.scenarios.apps.cli.options import (
    Driver,
    FromStore,
    Jobs,
    Json,
    OwnSdk,
    Scheduler,
    StoreFolder,
    sdk_of,
    workers_of,
)
from gateway_sim.scenarios.apps.cli.progress import Ending, stoppable, watched
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.apps.cli.stores import check_alone, storing


def verify_all(
    race: Annotated[
        list[str] | None,
        typer.Argument(
            help="Verify only these races; names, or files of races. Default: all.", autocompletion=completed("race")
        ),
    ] = None,
    client: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Only this client policy; may be repeated.", autocompletion=completed("client")
        ),
    ] = None,
    gateway: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Only this gateway policy; may be repeated.", autocompletion=completed("gateway")
        ),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Run every pair with seeds 0 to N-1.", show_default="1")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Every race under every pair, every scenario at its full size.")
    ] = False,
    driver: Driver = "client",
    sdk: OwnSdk = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    store: StoreFolder = None,
    from_store: FromStore = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page here, with the tables and a timeline of each race.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit report here.")] = None,
    as_json: Json = False,
) -> None:
    """Run every race under every pair; exit 0 if each fix held, and each race broke, where it should.

    The last lines say which policies to ship. Ctrl-C shows the runs so far, and writes no page.
    """
    workers = workers_of(jobs, scheduler)
    from rich.console import Console

    from gateway_sim.scenarios.compare.verification import Verification, to_verify
    from gateway_sim.scenarios.report.answer import answer
    from gateway_sim.scenarios.report.junit import junit_report
    from gateway_sim.scenarios.report.story_tables import damage_table
    from gateway_sim.scenarios.report.tables import comparison_table, verify_table
    from gateway_sim.scenarios.report.verify_page import verify_page
    from gateway_sim.scenarios.run.result import RunResult
    from gateway_sim.scenarios.run.store import Store, different
    from gateway_sim.scenarios.run.sweep import sweep

    check_written(("--junit", junit), ("--html", html))
    said = Console(stderr=True)
    results: list[RunResult] = []
    ending = Ending()
    chosen = bool(race or client or gateway or sdk)
    if from_store:
        chosen_by = {"RACE": race, "--client": client, "--gateway": gateway, "--seeds": seeds, "--full": full}
        where = {"--sdk": sdk, "--jobs": jobs, "--scheduler": scheduler, "--store": store}
        check_alone(from_store, {**chosen_by, **where})
        whole = Store.of(from_store, "verify")
        chosen, results, wanted = whole.told["chosen"], list(whole.records()), []
    else:
        trained = sdk_of(driver, sdk)
        wanted = to_verify(
            race or (), seeds=seeds or 1, full=full, sdk=trained, clients=client or (), gateways=gateway or ()
        )
        with (
            storing(store, "verify", ending, said, runs=different(wanted), chosen=chosen) as kept,
            stoppable(ending, said),
        ):
            running = sweep(wanted, workers, store=kept)
            for result in watched(running, "verifying", total=len(wanted), console=said):
                results.append(result)
    found = Verification(results)
    if as_json:
        printed("verify", {**found.document(), "stopped": ending.stopped})
    else:
        out = screen()
        out.print(verify_table(found.raced))
        if not (chosen or ending.stopped):
            out.print(comparison_table(found.comparison))
            out.print(damage_table(found.staged))
        out.print(answer(found.results, found.recommended, of=len(wanted) if ending.stopped else None), crop=False)
    # the verdict first: writing a file may fail on a full disk
    if junit:
        written(junit, junit_report(found.results), "JUnit", said)
    if html and not ending.stopped:
        with said.status("drawing each race"):
            page = verify_page(found.results)
        written(html, page, "page", said)
    raise typer.Exit(ending.status(held=found.held))
