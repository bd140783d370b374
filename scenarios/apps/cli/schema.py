"""`gateway-sim schema`: the JSON Schema of what the commands print and write for programs."""

from pathlib import Path
from typing import Annotated

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_folder, written
from gateway_sim.scenarios.apps.cli.options import Json
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.apps.documents import KINDS, schema_word
from gateway_sim.scenarios.sim.errors import check


def schema(
    kind: Annotated[
        str | None,
        typer.Argument(
            help="A kind of document, such as run; without it they are listed.", autocompletion=completed("document")
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="Write KIND.json here; without a kind, every one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the JSON Schema of a kind of document; without a kind, list the kinds."""
    from gateway_sim.scenarios.apps.documents.schema import schema_text

    kinds = [check("kind of document", kind, KINDS)] if kind else list(KINDS)
    if into:
        check_folder("--into", into)
        into.mkdir(parents=True, exist_ok=True)
        files = [into / f"{name}.json" for name in kinds]
        for name, path in zip(kinds, files, strict=True):
            written(path, schema_text(name))
        if as_json:
            printed("files", {"files": [str(path) for path in files]})
        else:
            print(*files, sep="\n")
    elif kind:
        print(schema_text(kind), end="")
    elif as_json:
        rows = [{"kind": name, "command": KINDS[name].command, "schema": schema_word(name)} for name in KINDS]
        printed("schemas", {"schemas": rows})
    else:
        _table()


def _table() -> None:
    from gateway_sim.scenarios.report.table import Table

    rows = [(name, f"gateway-sim {kind.command}", schema_word(name)) for name, kind in KINDS.items()]
    screen().print(Table(["kind", "printed or written by", "schema"], rows))
