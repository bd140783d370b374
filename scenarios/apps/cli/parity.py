"""`gateway-sim parity`: the virtual engine against real SDKs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.options import Json, Scheduler, Sdks, StoreFolder, workers_of
from gateway_sim.scenarios.apps.cli.progress import progress_bar
from gateway_sim.scenarios.apps.cli.sdk import installed
from gateway_sim.scenarios.apps.cli.stores import storing
from gateway_sim.scenarios.sim.errors import check

if TYPE_CHECKING:
    from gateway_sim.scenarios.run.result import RaceResult


def parity(
    sdk: Sdks = None,
    race: Annotated[
        list[str] | None,
        typer.Option(help="Only this race; may be repeated. By default all.", autocompletion=completed("race")),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One cell for each race and SDK.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Every pair of `verify --full`: hours on two cores.")] = False,
    live: Annotated[
        bool, typer.Option("--live/--no-live", help="Play the cells live too, which takes most of the time.")
    ] = True,
    jobs: Annotated[int, typer.Option(min=1, help="How many live worlds run at the same time; they mostly wait.")] = 6,
    scheduler: Scheduler = None,
    store: StoreFolder = None,
    as_json: Json = False,
) -> None:
    """Play races with our model of an SDK, with the SDK in virtual time, and with the SDK live.

    Exit 0 if verdict, outcome and error agree in every cell.
    """
    workers = workers_of(None, scheduler)
    from rich.console import Console
    from rich.table import Table

    from gateway_sim.scenarios import races
    from gateway_sim.scenarios.compare.parity import LONGEST_S, cells, compare

    said = Console(stderr=True)
    names = installed(sdk)
    chosen = [check("race", name, races.known(name)) for name in race or []]
    wanted = list(cells(names, chosen, quick=quick, full=full))
    runs = 2 * len(wanted)
    with storing(store, "parity", None, said, runs=runs) as kept, progress_bar(said) as progress:
        task = progress.add_task("comparing", total=len(wanted), note="")
        pairs, left_out = compare(
            wanted, workers, jobs=jobs, each=lambda: progress.advance(task), live=live, store=kept
        )
    apart = [pair for pair in pairs if not pair.agree]
    if as_json:
        rows, replays = [pair.document() for pair in pairs], [spec.replay for spec in left_out]
        printed("parity", {"pairs": rows, "apart": len(apart), "left_out": replays})
    else:
        table = Table(
            "sdk", "race", "client", "gateway", "balance", "model", "guest", "live", box=None, padding=(0, 1, 0, 0)
        )
        for pair in pairs:
            style = None if pair.agree else "bold red"
            run = pair.virtual
            said_of = (_in_words(one) if one else "-" for one in (pair.virtual, pair.guest, pair.live))
            table.add_row(run.sdk, run.race, run.client, run.gateway, run.balance, *said_of, style=style)
        out = Console(width=None if said.is_terminal else 160)
        out.print(table)
        out.print(f"{len(pairs) - len(apart)} of {len(pairs)} agree")

        def list_them(title: str, lines: list[str]) -> None:
            if lines:
                out.print(title)
            for line in lines:
                out.print(f"  {line}", style="dim", crop=False, overflow="ignore", no_wrap=True, markup=False)

        list_them("Apart:", [pair.replay for pair in apart])
        list_them(
            "Agreed only when played alone; a busy machine slows live runs (in brackets: the first result):",
            [f"{p.replay} ({_in_words(p.beside)})" for p in pairs if p.beside and p.agree],
        )
        list_them(
            f"Left out, because they take more than {LONGEST_S:g} s live:",
            [spec.replay for spec in left_out],
        )
    raise typer.Exit(1 if apart else 0)


def _in_words(run: RaceResult) -> str:
    return f"{run.verdict} {run.outcome}{f' {run.error.type}' if run.error else ''}"
