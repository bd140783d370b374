"""`gateway-sim new`: the file of a new race, promise, fault or policy, with a test that passes."""

import re
import string
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_folder, written
from gateway_sim.scenarios.apps.cli.options import Json
from gateway_sim.scenarios.sim.errors import UsageError, check


@dataclass(frozen=True)
class Kind:
    """A kind of file: the folder that it goes into, its template, and how the command line then plays it."""

    folder: str
    template: str
    play: str


KINDS: Final = {
    "race": Kind("races", "race", "verify {name}"),
    "promise": Kind("promises", "promise", "list"),
    "fault": Kind("faults", "fault", "list"),
    "policy": Kind("client_policies", "policy", "run lost-reply-then-404 --client {name}"),
    "gateway-policy": Kind("gateway_policies", "gateway_policy", "run fresh-route --gateway {name}"),
}


def write_new(
    kind: Annotated[
        str,
        typer.Argument(
            help=f"What to write: {', '.join(KINDS)} (a client's).", autocompletion=completed("kind of file")
        ),
    ],
    name: Annotated[str, typer.Argument(help="Its name, with dashes: my-race.")],
    into: Annotated[
        Path, typer.Option("--into", metavar="DIR", help="The folder of your entries; made if it is not there.")
    ] = Path("plugins"),
    as_json: Json = False,
) -> None:
    """Write the file of a new entry and its test, ready to be changed.

    The file goes into a folder of its kind, DIR/races for a race, and the test into DIR/tests. `--plugins DIR` then
    adds the folder to every command.
    """
    new = KINDS[check("kind of file", kind, KINDS)]
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise UsageError(f"{name}: write small letters, digits and dashes, and begin with a letter: my-{kind}")
    module = name.replace("-", "_")
    words = {"name": name, "module": module, "Class": name.title().replace("-", "")}
    pages = {
        into / new.folder / f"{module}.py": f"{new.template}.py.txt",
        into / "tests" / f"test_{new.template}_{module}.py": f"{new.template}_test.py.txt",
    }
    for path in pages:
        if path.exists():
            raise UsageError(f"{path} exists; name another {kind}, or another folder with --into")
    check_folder("--into", into)
    for path, template in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = files("gateway_sim.scenarios.apps.cli").joinpath("templates", template).read_text(encoding="utf-8")
        written(path, string.Template(text).substitute(words))
    if as_json:
        printed("files", {"files": [str(path) for path in pages]})
        return
    print(*pages, sep="\n")
    print(f"try it: pytest {into}; gateway-sim {new.play.format(name=name)} --plugins {into}")
