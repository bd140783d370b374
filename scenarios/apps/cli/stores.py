"""The store of runs of a command: opened before the first run, and told of when the command was stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gateway_sim.scenarios.apps.cli.files import check_folder
from gateway_sim.scenarios.apps.cli.progress import Ending

if TYPE_CHECKING:
    from rich.console import Console

    from gateway_sim.scenarios.run.store import Store


@contextlib.contextmanager
def storing(
    folder: Path | None, command: str, ending: Ending | None, said: Console, **told: Any
) -> Iterator[Store | None]:
    """Give the store in `folder`, None without one; at the end write what is in memory, and say how to go on.

    `told` is what a page needs beside the runs: with `runs`, how many different ones these are. Where the last runs
    cannot be written, an `ending` says so, and the command shows its results; without one the error is raised.
    """
    if folder is None:
        yield None
        return
    from gateway_sim.scenarios.run.store import Store, StoreFailed

    check_folder("--store", folder)
    store = Store(folder, command, told)
    if len(store):
        said.print(f"{len(store)} runs are in {folder}", style="dim", soft_wrap=True)
    whole, played = False, False
    try:
        with store:
            yield store
            played = True
        whole = not (ending and ending.stopped)
    except StoreFailed as error:
        if not played or ending is None:
            raise
        ending.died = True
        said.print(str(error), style="bold red", soft_wrap=True)
    finally:
        if not whole:
            said.print(f"{store.written} runs are kept; the same command plays the rest", style="dim", soft_wrap=True)


def check_alone(folder: Path, others: Mapping[str, object]) -> None:
    """Raise `typer.BadParameter` for an option that has no effect beside `--from`."""
    given = next((option for option, value in others.items() if value), None)
    if given:
        raise typer.BadParameter(f"--from {folder} takes every run of the store, as it is; leave {given} out")
