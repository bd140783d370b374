"""Runs under a shared limit that die with their place, or freeze and wake."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, cancelled

Fate = tuple[Literal["dies", "freezes"], float]
"""What happens to a run's first attempt, and after how many seconds of work."""


@dataclass
class LeasedRuns:
    """Launches runs of `run_s` seconds of work under `limit`, which it asks every `asks_every_s`.

    A run renews its lease every `renews_s` (None: never). `stops`: it stops where the renewal is refused, and begins
    again. A dead run begins again `notice_s` after its death, and its place must come back within `within_s`.
    """

    sandbox: Sandbox[Any]
    limit: ConcurrencyLimit
    waiting: list[str]
    fates: Mapping[str, Fate]
    run_s: float
    asks_every_s: float
    renews_s: float | None
    stops: bool
    notice_s: float
    within_s: float
    freezes_s: float
    done: list[str] = field(default_factory=list)

    async def launch(self, until_s: float) -> None:
        """Launch runs until all are done, or until this second."""
        wanted = len(self.waiting)
        for holder in self.waiting:
            self._tell_waiting(holder)
        running: list[asyncio.Task[None]] = []
        while len(self.done) < wanted and self.sandbox.now_s < until_s:
            self.limit.reap(self.sandbox.now_s)
            while self.waiting and self.limit.take(self.waiting[0], self.sandbox.now_s):
                running.append(asyncio.create_task(self._run(self.waiting.pop(0))))
            await asyncio.sleep(self.asks_every_s)
        await cancelled(*running)
        self.sandbox.emit(events.LaunchingEnded(self.limit.name, len(self.done)))

    async def _run(self, holder: str) -> None:
        emit = self.sandbox.emit
        fate, at_s = self.fates.get(holder, ("lives", math.inf))
        of = self.limit.name, holder
        emit(events.HolderBegan(*of, self.limit.limit))
        worked_s = 0.0
        while worked_s < self.run_s:
            works_s = min(self.renews_s or math.inf, self.run_s - worked_s, at_s - worked_s)
            await asyncio.sleep(works_s)
            worked_s += works_s
            wakes = worked_s >= at_s
            if wakes and fate == "dies":
                emit(events.HolderDied(*of, self.within_s))
                await asyncio.sleep(self.notice_s)
                self._wait_again(holder)
                return
            if wakes:
                at_s = math.inf
                emit(events.HolderFroze(*of))
                await asyncio.sleep(self.freezes_s)
            if self.renews_s is not None and not self.limit.renew(holder, self.sandbox.now_s) and self.stops:
                emit(events.HolderStopped(*of))
                self._wait_again(holder)
                return
            if wakes:
                emit(events.HolderWoke(*of))
        emit(events.HolderEnded(*of))
        self.limit.give_back(holder)
        self.done.append(holder)

    def _wait_again(self, holder: str) -> None:
        """Queue a run's next attempt, which has no fate and a name of its own."""
        run, _, attempt = holder.partition("#")
        self.waiting.append(f"{run}#{int(attempt or 1) + 1}")
        self._tell_waiting(self.waiting[-1])

    def _tell_waiting(self, holder: str) -> None:
        self.sandbox.emit(events.HolderWaits(self.limit.name, holder, self.limit.limit, self.asks_every_s))
