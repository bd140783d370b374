"""Replicas of a scheduler that launch the runs of one backfill, under a limit that they share."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

from control_plane.scheduling.cluster import Cluster
from control_plane.scheduling.concurrency import ConcurrencyLimit
from control_plane.scheduling.scheduler import Work

Asks = Literal["nobody", "reads", "takes"]


class Launcher:
    """Launches `work` in order, each run once, whichever replica does it.

    A replica looks for room when it begins and whenever a run has ended, and takes `examines_s` seconds over it. It
    "reads" the limit first and launches as many as were free then, "takes" one place after the other, or asks "nobody".
    """

    def __init__(
        self, cluster: Cluster, limit: ConcurrencyLimit, work: Sequence[Work], *, asks: Asks, examines_s: float
    ) -> None:
        self._cluster = cluster
        self._limit = limit
        self._waiting = list(work)
        self._asks = asks
        self._examines_s = examines_s
        self._freed = asyncio.Event()

    async def replica(self, after_s: float) -> None:
        """Launch, as a replica that begins in `after_s` seconds, until all runs are launched and its own have ended."""
        await asyncio.sleep(after_s)
        launched: list[asyncio.Future[None]] = []
        while self._waiting:
            freed = self._freed
            launched += await self._look()
            if self._waiting:
                await freed.wait()
        await asyncio.gather(*launched)

    async def _look(self) -> list[asyncio.Future[None]]:
        """Launch what there is room for."""
        free = self._limit.limit - self._limit.read() if self._asks == "reads" else len(self._waiting)
        await asyncio.sleep(self._examines_s)
        launched: list[asyncio.Future[None]] = []
        while self._waiting and len(launched) < free:
            if self._asks != "takes":
                self._limit.take_unasked()
            elif not self._limit.take():
                break
            run = self._cluster.submit(self._waiting.pop(0))
            run.add_done_callback(self._ended)
            launched.append(run)
        return launched

    def _ended(self, _: object) -> None:
        self._limit.give_back()
        freed, self._freed = self._freed, asyncio.Event()
        freed.set()
