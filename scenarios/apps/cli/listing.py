"""`gateway-sim list`: all names, from the code's own docstrings."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_written, written
from gateway_sim.scenarios.apps.cli.options import Json
from gateway_sim.scenarios.apps.cli.screen import screen


def list_all(
    into: Annotated[
        list[Path] | None, typer.Option(metavar="PAGE", help="Rewrite this page's tables of names; may be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List races, scenarios of orchestration, their ports and parts, policies, SDKs, faults, promises and settings."""
    from rich.table import Table
    from rich.text import Text

    from gateway_sim.scenarios.apps.cli.catalogue import MARKED, catalogue, filled, typed
    from gateway_sim.scenarios.sim.plugins import OURS

    shelves = catalogue()
    if into:
        check_written(*(("--into", page) for page in into))
        for page in into:
            if not page.exists() or not MARKED.search(page.read_text()):
                raise typer.BadParameter(
                    f"--into {page}: name a page that has a table of names, between "
                    "<!-- names: races --> and <!-- end -->"
                )
        for page in into:
            written(page, filled(page.read_text(), shelves, page.parent))
            print(f"tables: {page}", file=sys.stderr)
        if as_json:
            printed("pages", {"pages": [str(page) for page in into]})
        return
    if as_json:
        printed("list", shelves)
        return
    out = screen()
    for shelf, entries in shelves.items():
        table = Table("name", "", title=shelf, title_justify="left", box=None, show_header=False, padding=(0, 2, 0, 0))
        for entry in entries:
            source = entry.get("source", OURS)
            table.add_row(
                f"[bold]{typed(entry)}[/]",
                Text.assemble(entry["summary"], "" if source == OURS else (f"  from {source}", "dim")),
            )
        out.print(table)
        out.print()
