"""`gateway-sim sdk`: the real SDKs, each in an environment of its own."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from scenarios.cli.options import Json

sdk_app = typer.Typer(no_args_is_help=True, help="Install and list the real SDKs, each in an environment of its own.")


@sdk_app.command("list")
def list_sdks(as_json: Json = False) -> None:
    """List the SDKs that were measured, and whether each is installed here."""
    from scenarios.live.sdk_environments import SDKS, state_of

    rows = [{"name": e.name, "summary": e.summary, "state": state_of(e)} for e in SDKS.values()]
    if as_json:
        print(json.dumps({"sdks": rows}))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "state", "packages", box=None)
    for row in rows:
        table.add_row(row["name"], row["state"], row["summary"])
    Console().print(table)


@sdk_app.command("install")
def install(
    names: Annotated[list[str], typer.Argument(help="SDKs; `gateway-sim sdk list` names them; `all` for all.")],
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the environment anew.")] = False,
) -> None:
    """Make a virtual environment for each SDK; one that works already is left alone."""
    import shutil
    import subprocess

    from rich.console import Console

    from scenarios.live.sdk_environments import SDKS, install_commands, state_of
    from scenarios.words import check

    said = Console(stderr=True)
    chosen = list(SDKS) if names == ["all"] else [check("SDK", name, SDKS) for name in names]
    for environment in (SDKS[name] for name in chosen):
        if not rebuild and state_of(environment) == "installed":
            said.print(f"{environment.name} is installed in {environment.folder}")
            continue
        shutil.rmtree(environment.folder, ignore_errors=True)
        environment.folder.parent.mkdir(parents=True, exist_ok=True)
        with said.status(f"installing {environment.name}: {environment.summary} (a minute or two)"):
            for command in install_commands(environment):
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode != 0:
                    last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
                    said.print(f"{environment.name} could not be installed: {' '.join(last)}", markup=False)
                    raise typer.Exit(1)
        if state_of(environment) != "installed":
            said.print(f"{environment.name} was installed, but does not import; try --rebuild", markup=False)
            raise typer.Exit(1)
        said.print(f"{environment.name} is installed in {environment.folder}")
