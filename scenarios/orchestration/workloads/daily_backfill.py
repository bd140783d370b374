"""The runs that compute the days of a backfill, and what launches them: a loop in a terminal, or a scheduler."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gateway_sim.control_plane.data.backfills import Backfill
from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.orchestration.workloads import pipeline_events
from gateway_sim.scenarios.orchestration.workloads.events import HolderBegan, HolderDied, HolderEnded
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

Fate = Literal["before", "after"]
"""When the first run of a day dies: before it writes its rows, or after, and before it reports them."""


@dataclass
class DayRuns:
    """The runs of a backfill on a cluster: each computes a day for `run_s` seconds and writes it by `write`.

    They go on when what launched them ends. Of some days the first run dies, as `fates` say.
    """

    sandbox: Sandbox[Any]
    backfill: str
    limit: int
    run_s: float
    renews_s: float
    write: Callable[[str], None]
    fates: dict[str, Fate]
    started: list[asyncio.Task[bool]] = field(default_factory=list)

    @property
    def running(self) -> list[asyncio.Task[bool]]:
        """The runs that have not ended."""
        return [run for run in self.started if not run.done()]

    def start(
        self,
        day: str,
        renew: Callable[[str], object] = lambda run: None,
        report: Callable[[str], object] = lambda run: None,
        run: str = "",
    ) -> asyncio.Task[bool]:
        """Start a run of a day; its result says whether it ended well."""
        name = run or self.name()
        self.started.append(asyncio.create_task(self._run(day, name, renew, report)))
        return self.started[-1]

    def name(self) -> str:
        """Return the name of the next run."""
        return f"run-{len(self.started) + 1}"

    async def _run(self, day: str, run: str, renew: Callable[[str], object], report: Callable[[str], object]) -> bool:
        emit, of_day = self.sandbox.emit, (self.backfill, day, run)
        emit(HolderBegan(self.backfill, run, self.limit))
        emit(pipeline_events.DayBegan(*of_day))
        fate, left_s = self.fates.pop(day, ""), self.run_s
        while left_s > 0:
            works_s = min(self.renews_s, left_s)
            await asyncio.sleep(works_s)
            left_s -= works_s
            if fate == "before":
                break
            renew(run)
        if fate != "before":
            self.write(day)
        emit(pipeline_events.DayLeft(*of_day))
        if fate:
            emit(HolderDied(self.backfill, run, 0.0))
            return False
        emit(HolderEnded(self.backfill, run))
        report(run)
        return True


@dataclass
class Loop:
    """A loop in a terminal that has `width` runs at once and waits for each of them.

    `notes` says when it adds a day to its `file`, the only thing that is left when the terminal closes: when the day's
    run has "ended" well, or when it was "submitted"; None: it has no file, and begins with the first day.
    """

    runs: DayRuns
    days: Sequence[str]
    width: int
    notes: Literal["ended", "submitted"] | None
    file: list[str] = field(default_factory=list)

    async def launch(self) -> None:
        """Run the days that are not in the file, again until all are; without a file once."""
        while left := [day for day in self.days if day not in self.file]:
            running: dict[asyncio.Task[bool], str] = {}
            for day in left:
                if len(running) == self.width:
                    await self._one_ends(running)
                running[self.runs.start(day)] = day
                if self.notes == "submitted":
                    self.file.append(day)
            while running:
                await self._one_ends(running)
            if self.notes is None:
                return

    async def _one_ends(self, running: dict[asyncio.Task[bool], str]) -> None:
        ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for run in [run for run in running if run in ended]:
            day = running.pop(run)
            if self.notes == "ended" and run.result():
                self.file.append(day)


@dataclass
class Scheduler:
    """A scheduler that launches the days of a backfill object under a limit; it looks every `asks_every_s`."""

    runs: DayRuns
    backfill: Backfill
    limit: ConcurrencyLimit
    asks_every_s: float

    async def launch(self) -> None:
        """Launch what is open until every day is done."""
        sandbox = self.runs.sandbox
        while self.backfill.left():
            self.limit.reap(sandbox.now_s)
            while day := self.backfill.next_open(sandbox.now_s):
                run = self.runs.name()
                if not self.limit.take(run, sandbox.now_s):
                    break
                if self.backfill.claim(day, run, sandbox.now_s):
                    self._start(day, run)
                else:
                    self.limit.give_back(run)
            await asyncio.sleep(self.asks_every_s)

    def _start(self, day: str, run: str) -> None:
        sandbox = self.runs.sandbox

        def renew(run: str) -> None:
            self.limit.renew(run, sandbox.now_s)
            self.backfill.renew(day, run, sandbox.now_s)

        def report(run: str) -> None:
            self.backfill.finish(day, run)
            self.limit.give_back(run)

        self.runs.start(day, renew, report, run)
