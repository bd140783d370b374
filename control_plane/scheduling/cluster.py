"""A cluster of GPU nodes: submitted work waits, runs, gives way and ends as the scheduler decides."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway_sim.control_plane.events import ClusterOpened, WorkEnded, WorkEvicted, WorkMoved, WorkPlaced, WorkQueued
from gateway_sim.control_plane.scheduling.quotas import check as check_quotas
from gateway_sim.control_plane.scheduling.scheduler import (
    Place,
    Preempt,
    Rearrange,
    Rules,
    Work,
    WorkRefused,
    check,
    next_action,
)


@dataclass
class _Running:
    """A job on its node; it computes from `since_s` on and has `left_s` seconds to go at that moment."""

    work: Work
    node: str
    since_s: float
    left_s: float
    ends: asyncio.TimerHandle


class Cluster:
    """Carries out what `scheduler.next_action` decides; `name` tells clusters apart in the trace.

    A moved or resumed job occupies its new node at once and computes after `moves_s` seconds. An evicted job goes back
    into the queue: with the work it had done where `resumes`, else from its beginning. The placement "random" draws
    from `chance`. Raises `QuotaRefused`, and `ValueError` where that placement has no `chance`.
    """

    def __init__(
        self,
        name: str,
        nodes: Mapping[str, int],
        rules: Rules,
        *,
        emit: Callable[[object], None],
        moves_s: float = 60.0,
        resumes: bool = False,
        chance: random.Random | None = None,
    ) -> None:
        if rules.placement == "random" and chance is None:
            raise ValueError(f"cluster {name} places jobs at random and has no chance; give it a seeded stream")
        check_quotas(rules.quotas, sum(nodes.values()))
        self.name = name
        self._nodes = nodes
        self._rules = rules
        self._emit = emit
        self._moves_s = moves_s
        self._resumes = resumes
        self._chance = chance
        self._queue: list[Work] = []
        self._running: dict[str, _Running] = {}
        self._left_s: dict[str, float] = {}
        self._done: dict[str, asyncio.Future[None]] = {}
        emit(ClusterOpened(name, tuple(nodes.items())))

    @property
    def consolidates(self) -> bool:
        """Whether running jobs are moved to make room for others."""
        return self._rules.consolidates

    def submit(self, work: Work) -> asyncio.Future[None]:
        """Queue a job; the future is done when the job has ended. Raises `WorkRefused` and queues nothing."""
        check(work, self._nodes)
        if work.name in self._done and not self._done[work.name].done():
            raise WorkRefused(f"there is a job {work.name} already, and it has not ended")
        done = self._done[work.name] = asyncio.get_running_loop().create_future()
        self._left_s[work.name] = work.runs_s
        self._queue.append(work)
        self._emit(WorkQueued(self.name, work.name, work.gpus, work.namespace))
        self._decide()
        return done

    def complete(self, name: str) -> None:
        """End work now, whether it runs or is queued; work that has ended is no error."""
        if name in self._running:
            self._running[name].ends.cancel()
            self._end(self._running[name].work)
        elif any(work.name == name for work in self._queue):
            self._queue = [work for work in self._queue if work.name != name]
            self._emit(WorkEnded(self.name, name))
            self._done[name].set_result(None)
            # in strict order it may have blocked the others
            self._decide()

    def _decide(self) -> None:
        while True:
            running = [(r.work, r.node) for r in self._running.values()]
            draw = self._chance.random() if self._chance is not None else 0.0
            match next_action(self._rules, self._nodes, running, self._queue, draw=draw):
                case Place(work, node):
                    self._queue.remove(work)
                    self._start(work, node)
                case Preempt(work, node, victims):
                    self._queue.remove(work)
                    for victim in victims:
                        self._evict(victim, work)
                    self._start(work, node)
                case Rearrange(work, node, moves):
                    self._queue.remove(work)
                    for moved, to in moves:
                        self._move(moved, to)
                    self._start(work, node, after_s=self._moves_s)
                case None:
                    return

    def _start(self, work: Work, node: str, *, after_s: float = 0.0) -> None:
        loop = asyncio.get_running_loop()
        left_s = self._left_s[work.name]
        if left_s < work.runs_s:
            after_s = self._moves_s
        ends = loop.call_later(after_s + left_s, self._end, work)
        self._running[work.name] = _Running(work, node, loop.time() + after_s, left_s, ends)
        self._emit(WorkPlaced(self.name, work.name, node, work.gpus))

    def _move(self, work: Work, to: str) -> None:
        there = self._running[work.name]
        self._halt(there)
        loop = asyncio.get_running_loop()
        there.node = to
        there.since_s = loop.time() + self._moves_s
        there.ends = loop.call_later(self._moves_s + there.left_s, self._end, work)
        self._emit(WorkMoved(self.name, work.name, to, work.gpus))

    def _evict(self, work: Work, wanting: Work) -> None:
        there = self._running.pop(work.name)
        self._halt(there)
        self._left_s[work.name] = there.left_s if self._resumes else work.runs_s
        self._queue.append(work)
        lost_s = self._left_s[work.name] - there.left_s
        self._emit(WorkEvicted(self.name, work.name, wanting.name, round(lost_s * work.gpus, 6)))

    def _halt(self, there: _Running) -> None:
        """Stop a running job, and record its remaining time."""
        there.ends.cancel()
        worked_s = max(asyncio.get_running_loop().time() - there.since_s, 0.0)
        there.left_s -= worked_s

    def _end(self, work: Work) -> None:
        del self._running[work.name]
        self._emit(WorkEnded(self.name, work.name))
        self._done[work.name].set_result(None)
        self._decide()
