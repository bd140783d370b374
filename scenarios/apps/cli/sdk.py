"""`gateway-sim sdk`: the real SDKs, each in an environment of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.nearest import Nearest
from gateway_sim.scenarios.apps.cli.options import Json
from gateway_sim.scenarios.sim.errors import check

if TYPE_CHECKING:
    from rich.console import Console

    from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment

sdk_app = typer.Typer(
    cls=Nearest, no_args_is_help=True, help="Install and list the real SDKs, each in an environment of its own."
)


@sdk_app.command("list")
def list_sdks(as_json: Json = False) -> None:
    """List the SDKs that were measured, and whether each is installed here."""
    from gateway_sim.scenarios.engines.live.sdks.environments import SDKS, state_of

    rows = [{"name": e.name, "summary": e.summary, "state": state_of(e)} for e in SDKS.values()]
    if as_json:
        printed("sdk-list", {"sdks": rows})
        return
    from rich.console import Console

    from gateway_sim.scenarios.report.table import Table

    shown = [(row["name"], row["state"], row["summary"]) for row in rows]
    Console().print(Table(["name", "state", "packages"], shown))


@sdk_app.command("install")
def install(
    names: Annotated[list[str], typer.Argument(help="SDKs; `gateway-sim sdk list` names them; `all` for all.")],
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Replace an existing environment.")] = False,
    as_json: Json = False,
) -> None:
    """Make a virtual environment for each SDK; a working one stays as it is.

    A failure does not stop the others. Exit 1 if one failed; the last line names all that failed.
    """
    from rich.console import Console

    from gateway_sim.scenarios.engines.live.sdks.environments import SDKS, state_of

    said = Console(stderr=True)
    made = []
    for name in list(SDKS) if names == ["all"] else [check("SDK", name, SDKS) for name in names]:
        environment = SDKS[name]
        wrong = _install(environment, said, rebuild=rebuild)
        made.append({"name": name, "state": state_of(environment), "folder": str(environment.folder), "error": wrong})
        said.print(wrong or f"{name} is installed in {environment.folder}", markup=False)
    if as_json:
        printed("sdk-install", {"sdks": made})
    if failed := [one["name"] for one in made if one["error"]]:
        said.print(f"not installed: {', '.join(map(str, failed))}", markup=False)
        raise typer.Exit(1)


def installed(chosen: list[str] | None) -> list[str]:
    """Return the chosen SDKs, by default all that are installed. Raises `UnknownWord` or `SdkUnavailable`."""
    from gateway_sim.scenarios.engines.live.sdks.environments import SDKS, SdkUnavailable, require, state_of

    names = [require(check("SDK", name, SDKS)).name for name in chosen or []]
    names = names or [name for name, environment in SDKS.items() if state_of(environment) == "installed"]
    if not names:
        raise SdkUnavailable("no SDK is installed; run: gateway-sim sdk install all")
    return names


def _install(environment: SdkEnvironment, said: Console, *, rebuild: bool) -> str | None:
    """Make one environment unless it works already. Return None, or the error as a sentence."""
    import shutil
    import subprocess

    from gateway_sim.scenarios.engines.live.sdks.environments import install_commands, state_of

    if not rebuild and state_of(environment) == "installed":
        return None
    shutil.rmtree(environment.folder, ignore_errors=True)
    environment.folder.parent.mkdir(parents=True, exist_ok=True)
    with said.status(f"installing {environment.name}: {environment.summary} (a minute or two)"):
        for command in install_commands(environment):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
                return f"{environment.name} could not be installed: {' '.join(last)}"
    if state_of(environment) != "installed":
        return f"{environment.name} was installed, but does not import; try --rebuild"
    return None
