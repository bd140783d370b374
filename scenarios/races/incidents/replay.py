"""An incident in a world: answers as late as in the log, and each window at its moment of the run."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Coroutine
from typing import Any

from gateway_sim.events import RequestForwarded
from gateway_sim.legs import API, leg_of
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.races.incidents.flow import Counter, Moment
from gateway_sim.scenarios.races.incidents.reading import Incident, Window
from gateway_sim.scenarios.world.builder import World
from gateway_sim.trainer_pod.events import OperationAccepted, ResultDelivered


async def play(incident: Incident, world: World) -> None:
    """Start the job, let each window strike at its moment, and let the user train to the end."""
    rng, progress = world.seeds.stream("incident"), Progress(incident, world)
    await world.start_job()
    striking = [
        asyncio.ensure_future(strike(world, progress, window, *drawn(window, rng), unasked=rng.random() < 0.5))
        for window in incident.windows
    ]
    # a window that was open from the start is open before the user connects
    await asyncio.sleep(0)
    await world.start_training()
    for task in striking:
        task.cancel()


async def strike(
    world: World, progress: Progress, window: Window, begin_s: float, end_s: float, *, unasked: bool = False
) -> None:
    """Hide the route from the window's replicas, counted from its anchor.

    `unasked` prefers replicas that have answered no request yet, where the log names none: these may never have known
    the route.
    """
    if window.anchor is not None:
        await progress.reached(window.anchor)
    # the world's next request meets the window, as the log's did
    began_s = asyncio.get_running_loop().time()
    await _first_of(asyncio.sleep(begin_s - window.anchor_s), _next_request(progress, window))
    for_s = end_s - max(begin_s, window.anchor_s)
    if window.anchor is not None and window.anchor == window.last:
        # and as long before the window's end, though it may come sooner
        for_s = window.next_s - (asyncio.get_running_loop().time() - began_s) + end_s - window.from_s
    # a world may be told to have fewer replicas than its log names
    there = [n for n in window.replicas if n < len(world.replicas)]
    if unasked and window.unnamed:
        fresh = [n for n, replica in enumerate(world.replicas) if replica.name not in progress.asked]
        whole = len(there) == len(world.replicas)
        there = (fresh or there) if whole else [*fresh, *there][: len(there)]
    if there:
        world.inject(StaleRoute(for_s=for_s, replicas=tuple(there)))


async def _next_request(progress: Progress, window: Window) -> None:
    """Wait until the request is due that missed its route in the log; for ever where others came before it."""
    if window.last is None:
        await asyncio.Event().wait()
    else:
        await progress.reached(window.last)
        await asyncio.sleep(window.next_s)


async def _first_of(*waits: Coroutine[Any, Any, None]) -> None:
    """Wait for the first of these, and end the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def drawn(window: Window, rng: random.Random) -> tuple[float, float]:
    """Draw when a window began and ended, in seconds from the log's first line; -inf: it was there from the start."""
    end_s = rng.uniform(window.to_s, window.before_s)
    begin_s = rng.uniform(window.after_s, window.from_s) if math.isfinite(window.after_s) else -math.inf
    return begin_s, end_s


class Progress:
    """How far a world's run is; holds answers up as long as the incident says."""

    def __init__(self, incident: Incident, world: World) -> None:
        self.asked: set[str] = set()
        """The replicas that have forwarded a request."""
        self._replies = dict(incident.replies)
        self._counter = Counter()
        self._call = self._result = False
        self._last = Moment(-1, 0)
        self._waiting: list[tuple[Moment, asyncio.Future[None]]] = []
        world.trace.watch(self._told)
        world.upstream.pace = self._answered

    async def reached(self, moment: Moment) -> None:
        """Wait until the run is as far as this; a client with fewer requests to connect reaches a later moment."""
        if self._last < moment:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((moment, future))
            await future

    def _told(self, event: Any) -> None:
        if isinstance(event, RequestForwarded):
            self.asked.add(event.replica)
        elif isinstance(event, OperationAccepted):
            self._call = self._call or event.seq_id > 0
        elif isinstance(event, ResultDelivered):
            self._result = True

    def _answered(self, path: str) -> float:
        """Count a pod's answer; return by how many seconds it is late."""
        leg = leg_of(API + path)
        moment = self._counter.after(leg, call=self._call, result=self._result)
        self._call = self._call and leg != "dispatch"
        self._result = self._result and leg != "poll"
        if moment is None:
            return 0.0
        self._last = max(self._last, moment)
        for awaited, future in self._waiting:
            if awaited <= self._last and not future.done():
                future.set_result(None)
        return self._replies.pop(moment, 0.0)
