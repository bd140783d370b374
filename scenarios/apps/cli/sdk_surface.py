"""`gateway-sim sdk surface`: every public method of the real SDKs' classes, in virtual time."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_written, written
from gateway_sim.scenarios.apps.cli.options import Jobs, Json, Sdks
from gateway_sim.scenarios.apps.cli.progress import Ending, stoppable, watched
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.apps.cli.sdk import installed

if TYPE_CHECKING:
    from gateway_sim.scenarios.compare.surface import Called


def surface(
    sdk: Sdks = None,
    jobs: Jobs = None,
    page: Annotated[Path | None, typer.Option(help="Write the tables as a page of Markdown here.")] = None,
    as_json: Json = False,
) -> None:
    """Call every public method of real SDKs in virtual time, and say which work and how the others are refused.

    Exit 1 if one neither works nor is refused in a sentence. Ctrl-C shows the SDKs so far, and writes no page.
    """
    from rich.console import Console

    from gateway_sim.scenarios.compare.surface import walks
    from gateway_sim.scenarios.report.sdk_surface import surface_markdown, surface_terminal
    from gateway_sim.scenarios.run.workers import default_jobs

    check_written(("--page", page))
    said = Console(stderr=True)
    names = installed(sdk)
    found: list[Called] = []
    ending = Ending()
    with stoppable(ending, said):
        for walked in watched(walks(names, jobs or default_jobs()), "surface", total=len(names), console=said):
            found += walked
    obscure = sum(called.outcome == "obscure" for called in found)
    if as_json:
        printed(
            "sdk-surface",
            {"obscure": obscure, "methods": [asdict(called) for called in found], "stopped": ending.stopped},
        )
    else:
        screen().print(surface_terminal(found))
    if page and not ending.stopped:
        words = [word for name in sdk or () for word in ("--sdk", name)]
        command = shlex.join(["gateway-sim", "sdk", "surface", *words, "--page", str(page)])
        written(page, surface_markdown(command, found), "page", said)
    raise typer.Exit(ending.status(held=not obscure))
