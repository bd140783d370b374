"""Progress of long commands, and their results when stopped early."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from gateway_sim.scenarios.apps.advice import INTERRUPTED

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

T = TypeVar("T")

LOGGED_EVERY_S: Final = 10.0
"""The interval between progress lines where there is no terminal for a bar."""


def progress_bar(console: Console) -> Progress:
    """Return a bar with a description, a count, the time left, and the task's field `note`."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    words, note = TextColumn("{task.description}"), TextColumn("{task.fields[note]}")
    columns = (words, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), note)
    return Progress(*columns, console=console, transient=True)


def watched(
    running: Iterable[T], label: str, *, total: int, console: Console, note: Callable[[], str] = lambda: ""
) -> Iterator[T]:
    """Yield the items of `running`, under a bar on `console` with the rate, the time left and a `note`.

    The last line has the count. A console without a terminal gets a line every `LOGGED_EVERY_S`.
    """
    with progress_bar(console) as bar:
        task, done, logged_s = bar.add_task(label, total=total, note=""), 0, 0.0
        try:
            for one in running:
                yield one
                done += 1
                elapsed_s = bar.tasks[0].elapsed or 1e-9
                rate = f"{done / elapsed_s:.1f}/s"
                bar.update(task, advance=1, note=f"{rate} {note()}")
                if not console.is_terminal and elapsed_s - logged_s >= LOGGED_EVERY_S and done < total:
                    logged_s, left_s = elapsed_s, (total - done) * elapsed_s / done
                    console.print(f"{label}: {done} of {total}, {rate}, {left_s:.0f} s left {note()}".rstrip())
        finally:
            elapsed_s = bar.tasks[0].elapsed or 1e-9
            console.print(f"{label}: {done} in {elapsed_s:.1f} s, {done / elapsed_s:.1f} a second", style="dim")


@dataclass
class Ending:
    """How a long command ended: whether it was stopped early, and whether its workers died or went away."""

    stopped: bool = False
    died: bool = False

    def status(self, *, held: bool) -> int:
        """Return the exit status: 130 after Ctrl-C, otherwise 0 if the command's claim `held` and no worker died."""
        if self.stopped and not self.died:
            return INTERRUPTED
        return 0 if held and not self.died else 1


@contextlib.contextmanager
def stoppable(ending: Ending, said: Console) -> Iterator[None]:
    """Turn Ctrl-C and the loss of workers into an `Ending`, so that the command shows its results so far."""
    from gateway_sim.scenarios.run.workers import SweepEnded

    try:
        yield
    except KeyboardInterrupt:
        ending.stopped = True
    except SweepEnded as error:
        said.print(f"{error}; the results until then:", style="bold red", soft_wrap=True)
        ending.stopped = ending.died = True
