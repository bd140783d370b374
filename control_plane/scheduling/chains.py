"""The runs of a pipeline of which each depends on the one before it, as Airflow's `depends_on_past` asks. Pure.

A place of the limit of active runs is taken by a whole run, and dependence is asked task by task. A run that holds its
place while it waits for an earlier one can keep that one from beginning (docs/reference/stories.md §3 b).
"""

from collections.abc import Iterator
from typing import Literal

State = Literal["asked", "active", "done", "failed"]


class NotFailed(ValueError):
    """Only a failed run is cleared; the message names the run and its state."""


class Chain:
    """Runs of `tasks` tasks each, in the order in which they were asked for; task n waits for task n of the run before.

    A run keeps the tasks that it has done when it fails or gives its place back.
    """

    def __init__(self, tasks: int) -> None:
        self.tasks = tasks
        self.states: dict[str, State] = {}
        self._done: dict[str, int] = {}

    def ask(self, run: str) -> None:
        """Add a run after all others."""
        self.states[run] = "asked"
        self._done[run] = 0

    def next_task(self, run: str) -> int:
        """Return the number of tasks that the run has done, which is the number of its next one, from 0."""
        return self._done[run]

    def past_is_done(self, run: str) -> bool:
        """Return whether the run before this one has done the task that is this one's next."""
        before = self._before(run)
        return before is None or self._done[before] > self._done[run]

    def waiting(self, *, looks_back: bool) -> Iterator[str]:
        """Yield the runs that may take a place, the oldest first; `looks_back`: only those whose past is done."""
        for run, state in self.states.items():
            if state == "asked" and (not looks_back or self.past_is_done(run)):
                yield run

    def begin(self, run: str) -> None:
        """Note that the run has a place."""
        self.states[run] = "active"

    def give_way(self, run: str) -> None:
        """Note that the run gave its place back, and asks for another."""
        self.states[run] = "asked"

    def finish_task(self, run: str) -> None:
        """Note that the run's next task is done."""
        self._done[run] += 1
        if self._done[run] == self.tasks:
            self.states[run] = "done"

    def fail(self, run: str) -> None:
        """Note that the run's next task failed, and the run with it."""
        self.states[run] = "failed"

    def clear(self, run: str) -> None:
        """Ask for a failed run again, from its failed task on. Raises `NotFailed`."""
        if self.states[run] != "failed":
            raise NotFailed(f"{run} is {self.states[run]}; only a failed run is cleared")
        self.states[run] = "asked"

    def _before(self, run: str) -> str | None:
        runs = list(self.states)
        place = runs.index(run)
        return runs[place - 1] if place else None
