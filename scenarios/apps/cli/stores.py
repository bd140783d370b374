"""The store of runs of a command: opened before the first run, and told of when the command was stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gateway_sim.scenarios.apps.cli.progress import Ending

if TYPE_CHECKING:
    from rich.console import Console

    from gateway_sim.scenarios.run.store import Store


@contextlib.contextmanager
def storing(folder: Path | None, command: str, ending: Ending, said: Console, **told: Any) -> Iterator[Store | None]:
    """Give the store in `folder`, None without one; at the end write what is in memory, and say how to go on.

    `told` is what a page needs beside the runs: with `runs`, how many different ones these are.
    """
    if folder is None:
        yield None
        return
    from gateway_sim.scenarios.run.store import Store

    store = Store(folder, command, told)
    if len(store):
        said.print(f"{len(store)} runs are in {folder}", style="dim", soft_wrap=True)
    whole = False
    try:
        with store:
            yield store
        whole = not ending.stopped
    finally:
        if not whole:
            said.print(f"{len(store)} runs are kept; the same command plays the rest", style="dim", soft_wrap=True)


def check_alone(folder: Path, others: Mapping[str, object]) -> None:
    """Raise `typer.BadParameter` for an option that has no effect beside `--from`."""
    given = next((option for option, value in others.items() if value), None)
    if given:
        raise typer.BadParameter(f"--from {folder} takes every run of the store, as it is; leave {given} out")
