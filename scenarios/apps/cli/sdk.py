"""`gateway-sim sdk`: the real SDKs, each in an environment of its own."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.nearest import Nearest
from gateway_sim.scenarios.apps.cli.options import Json
from gateway_sim.scenarios.apps.cli.screen import screen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment

sdk_app = typer.Typer(
    cls=Nearest, no_args_is_help=True, help="Install and list the real SDKs, each in an environment of its own."
)

SHOWN = 8
"""How many of a package's other versions a terminal shows."""


@sdk_app.command("list")
def list_sdks(
    index: Annotated[bool, typer.Option("--index/--no-index", help="Ask the package index for versions.")] = True,
    as_json: Json = False,
) -> None:
    """List the SDKs that were measured, the versions that were given a profile, and what the package index has."""
    from rich.console import Console

    from gateway_sim.scenarios.engines.live.sdks.environments import known_here, state_of
    from gateway_sim.scenarios.engines.live.sdks.versions import PACKAGES

    known = list(known_here().values())
    packages = _packages(PACKAGES, known, Console(stderr=True)) if index else []
    states = {environment.name: state_of(environment) for environment in known}
    if as_json:
        sdks = [
            {
                "name": e.name,
                "summary": e.summary,
                "state": states[e.name],
                "given": asdict(e.given) if e.given else None,
            }
            for e in known
        ]
        printed("sdk-list", {"sdks": sdks, "packages": packages})
        return
    from gateway_sim.scenarios.report.table import Table

    out = screen()
    shown = [(e.name, states[e.name], e.given.sentence if e.given else "measured", e.summary) for e in known]
    out.print(Table(["name", "state", "profile", "packages"], shown))
    if rows := [_in_the_index(one) for one in packages if one["versions"]]:
        out.print(Table(["package", "in the index", "newest", "listed above", "others, newest first"], rows))
        out.print("gateway-sim sdk install PACKAGE==VERSION takes another, and gives it the nearest profile.")
    for one in packages:
        if one["error"]:
            out.print(one["error"], markup=False, soft_wrap=True)


def _packages(packages: Iterable[str], known: list[SdkEnvironment], said: Console) -> list[dict[str, Any]]:
    """Return what the index has of each package: each version with the SDKs that have it, or the error."""
    from gateway_sim.scenarios.engines.live.sdks.package_index import IndexSilent, versions_of

    found: list[dict[str, Any]] = []
    for package in packages:
        error, versions = None, []
        with said.status(f"asking the package index for {package}"):
            try:
                versions = versions_of(package)
            except IndexSilent as silent:
                error = str(silent)
        rows = [
            {"version": str(version), "sdks": [e.name for e in known if e.versions.get(package) == version]}
            for version in versions
        ]
        found.append({"package": package, "versions": rows, "error": error})
    return found


def _in_the_index(package: dict[str, Any]) -> tuple[str, ...]:
    versions = package["versions"]
    newest, others = versions[0], [one["version"] for one in versions if not one["sdks"]]
    listed = [f"{one['version']} ({', '.join(one['sdks'])})" for one in versions if one["sdks"]]
    more = [f"and {len(others) - SHOWN} older"] if len(others) > SHOWN else []
    shown = ", ".join([*others[:SHOWN], *more])
    return package["package"], f"{len(versions)} versions", newest["version"], ", ".join(listed), shown


def installed(chosen: list[str] | None) -> list[str]:
    """Return the chosen SDKs, by default all that are installed. Raises `UnknownWord` or `SdkUnavailable`."""
    from gateway_sim.scenarios.engines.live.sdks.environments import SdkUnavailable, known_here, require, state_of

    names = [require(name).name for name in chosen or []]
    names = names or [name for name, environment in known_here().items() if state_of(environment) == "installed"]
    if not names:
        raise SdkUnavailable("no SDK is installed; run: gateway-sim sdk install all")
    return names
