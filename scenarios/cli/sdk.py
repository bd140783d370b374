"""`gateway-sim sdk`: the published SDKs, each in an environment of its own outside the package."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Annotated

import typer

from scenarios.cli.options import Json

sdk = typer.Typer(no_args_is_help=True, add_completion=False, help="Install real SDKs, each in its own environment.")

_Names = Annotated[list[str], typer.Argument(help="SDKs to install; `gateway-sim sdk list` names them.")]


@sdk.command("install")
def install_sdks(
    names: _Names,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the environment anew even if it is sound.")] = False,
    as_json: Json = False,
) -> None:
    """Make the environment of each SDK named; one that stands already is left alone."""
    from rich.console import Console

    from scenarios import words
    from scenarios.live.sdk_environments import ENVIRONMENTS
    from scenarios.live.sdk_installation import install, standing

    said = Console(stderr=True)
    chosen = [ENVIRONMENTS[words.check("SDK", name, ENVIRONMENTS)] for name in names]

    async def work() -> list[dict[str, object]]:
        done: list[dict[str, object]] = []
        for environment in chosen:
            made = await install(environment, lambda word: said.print(word, style="dim"), rebuild=rebuild)
            said.print(f"{environment.name}: {'installed' if made else 'was installed already'}")
            done.append({**dataclasses.asdict(await standing(environment)), "made": made})
        return done

    done = asyncio.run(work())
    if as_json:
        print(json.dumps(done))


@sdk.command("list")
def list_sdks(as_json: Json = False) -> None:
    """List the SDKs that can be installed, what makes each, and how each stands here."""
    from rich.console import Console
    from rich.table import Table

    from scenarios.live.sdk_environments import ENVIRONMENTS
    from scenarios.live.sdk_installation import standing

    async def look() -> list[dict[str, object]]:
        return [
            {**dataclasses.asdict(await standing(one)), "packages": dict(one.packages), "summary": one.summary}
            for one in ENVIRONMENTS.values()
        ]

    rows = asyncio.run(look())
    if as_json:
        print(json.dumps(rows))
        return
    table = Table("SDK", "stands", "", box=None, padding=(0, 2, 0, 0))
    for row in rows:
        stands = f"{row['state']}: {row['why']}" if row["why"] else str(row["state"])
        table.add_row(f"[bold]{row['name']}[/]", stands, str(row["summary"]))
    Console().print(table)
