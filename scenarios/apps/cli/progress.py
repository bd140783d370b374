"""A progress bar with rate and time left, for what takes minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")

LOGGED_EVERY_S: Final = 30.0
"""How often a log is told, where there is no terminal to draw a bar on."""


def watched(
    running: Iterable[T], label: str, *, total: int, console: Console, note: Callable[[], str] = lambda: ""
) -> Iterator[T]:
    """Yield what `running` yields, under a bar on `console` that says how many a second and how long yet.

    `note` is asked for a few words more after each; at the end, whichever, a line says how many there were. A console
    that is no terminal is told in a line now and then.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task, done = bar.add_task(label, total=total, rate="", note=""), 0
        logged_s = 0.0
        try:
            for one in running:
                yield one
                done += 1
                elapsed_s = bar.tasks[0].elapsed or 1e-9
                rate = f"{done / elapsed_s:.1f}/s"
                bar.update(task, advance=1, rate=rate, note=note())
                if not console.is_terminal and elapsed_s - logged_s >= LOGGED_EVERY_S and done < total:
                    logged_s, left_s = elapsed_s, (total - done) * elapsed_s / done
                    console.print(f"{label}: {done} of {total}, {rate}, {left_s:.0f} s left {note()}".rstrip())
        finally:
            elapsed_s = bar.tasks[0].elapsed or 1e-9
            console.print(f"{label}: {done} in {elapsed_s:.1f} s, {done / elapsed_s:.1f} a second", style="dim")
