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
    Parts,
    Scheduler,
    StoreFolder,
    sdk_of,
    settings_words,
    workers_of,
)
from gateway_sim.scenarios.apps.cli.progress import Ending, stoppable, watched
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.apps.cli.stores import check_alone, storing


def verify_all(
    race: Annotated[
        list[str] | None,
        typer.Argument(
            help="Verify only these races and stories; names, or files of races. Default: all.",
            autocompletion=completed("race or scenario"),
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
    part: Parts = None,
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

    A story of orchestration is played in its variants. With --part only the stories that put such a part under test are
    played, and the fixed variant must be kept.

    The last lines say which policies to ship. Ctrl-C shows the runs so far, and writes no page.
    """
    workers = workers_of(jobs, scheduler)
    from rich.console import Console

    from gateway_sim.scenarios.compare.verification import Verification, expecting, to_verify
    from gateway_sim.scenarios.report.answer import answer
    from gateway_sim.scenarios.report.junit import junit_report
    from gateway_sim.scenarios.report.story_tables import damage_table, variants_table
    from gateway_sim.scenarios.report.tables import comparison_table, verify_table
    from gateway_sim.scenarios.report.verify_page import verify_page
    from gateway_sim.scenarios.run.result import RunResult
    from gateway_sim.scenarios.run.store import Store, different
    from gateway_sim.scenarios.run.sweep import sweep

    check_written(("--junit", junit), ("--html", html))
    said = Console(stderr=True)
    results: list[RunResult] = []
    ending = Ending()
    parts = settings_words(part, "--part")
    chosen = bool(race or client or gateway or sdk or parts)
    if from_store:
        chosen_by = {"RACE": race, "--client": client, "--gateway": gateway, "--seeds": seeds, "--full": full}
        chosen_by |= {"--part": part}
        where = {"--sdk": sdk, "--jobs": jobs, "--scheduler": scheduler, "--store": store}
        check_alone(from_store, {**chosen_by, **where})
        whole = Store.of(from_store, "verify")
        chosen, results, wanted = whole.told["chosen"], list(whole.records()), []
    else:
        trained = sdk_of(driver, sdk)
        wanted = to_verify(
            race or (),
            seeds=seeds or 1,
            full=full,
            sdk=trained,
            clients=client or (),
            gateways=gateway or (),
            parts=parts,
        )
        with (
            storing(store, "verify", ending, said, runs=different(wanted), chosen=chosen) as kept,
            stoppable(ending, said),
        ):
            running = sweep(wanted, workers, store=kept)
            for result in watched(running, "verifying", total=len(wanted), console=said):
                results.append(result)
    found = Verification([expecting(result) for result in results])
    if as_json:
        printed("verify", {**found.document(), "stopped": ending.stopped})
    else:
        out = screen()
        if found.raced or not found.staged:
            out.print(verify_table(found.raced))
        if chosen and found.staged:
            out.print(variants_table(found.staged))
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
