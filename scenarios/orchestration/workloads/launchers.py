"""Scheduler replicas that launch the runs of one backfill under a shared limit."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Literal

from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.control_plane.scheduling.work import Work

Asks = Literal["not", "reads", "takes"]


class Launcher:
    """Launches the runs of `work` in order; its replicas share the queue.

    A replica looks for free places when it begins and whenever a run has ended, which takes `examines_s` seconds. It
    "reads" the limit first and launches as many runs as were free then, "takes" places one by one, or asks "not".
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
        """Begin after `after_s` seconds; end once all runs are launched and this replica's have ended."""
        await asyncio.sleep(after_s)
        launched: list[asyncio.Future[None]] = []
        while self._waiting:
            freed = self._freed
            launched += await self._look()
            if self._waiting:
                await freed.wait()
        await asyncio.gather(*launched)

    async def _look(self) -> list[asyncio.Future[None]]:
        """Launch as many runs as there are free places."""
        free = self._limit.limit - self._limit.read() if self._asks == "reads" else len(self._waiting)
        await asyncio.sleep(self._examines_s)
        launched: list[asyncio.Future[None]] = []
        while self._waiting and len(launched) < free:
            if self._asks != "takes":
                self._limit.take_unasked()
            elif not self._limit.take(self._waiting[0].name):
                break
            work = self._waiting.pop(0)
            run = self._cluster.submit(work)
            run.add_done_callback(partial(self._ended, work.name))
            launched.append(run)
        return launched

    def _ended(self, holder: str, _: object) -> None:
        self._limit.give_back(holder)
        freed, self._freed = self._freed, asyncio.Event()
        freed.set()
