"""A cluster of GPU nodes: submitted work waits, runs, gives way and ends as the scheduler decides."""

import asyncio
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway_sim.control_plane.events import (
    ClusterOpened,
    WorkEnded,
    WorkEvicted,
    WorkMoved,
    WorkPlaced,
    WorkQueued,
    WorkShrunk,
    WorkToldToLeave,
)
from gateway_sim.control_plane.scheduling.quotas import check as check_quotas
from gateway_sim.control_plane.scheduling.scheduler import Scheduler
from gateway_sim.control_plane.scheduling.shares import Node
from gateway_sim.control_plane.scheduling.work import Place, Preempt, Rearrange, Rules, Work, WorkRefused


@dataclass
class _Running:
    """A running job; it computes from `since_s` on and has `left_s` seconds to go at that moment, on all its GPUs.

    `share` is the part of its GPUs that it has.
    """

    work: Work
    since_s: float
    left_s: float
    ends: asyncio.TimerHandle
    share: float = 1.0


class Cluster:
    """Carries out what the `Scheduler` decides; `name` tells clusters apart in the trace.

    A moved or resumed job occupies its new node at once and computes after `moves_s` seconds. An evicted job goes back
    into the queue: with the work it had done where `resumes`, else from its beginning. A shrunk job goes on with its
    other GPUs after `moves_s` seconds, as much more slowly as it has fewer.

    A job that resumes saves for `saves_s` seconds before it leaves, and holds its GPUs meanwhile. After `grace_s` it is
    killed, and its work since it was last placed is lost. The job that waits for it starts elsewhere if GPUs become
    free there before; the job that was told to leave does so all the same.

    The placement "random" draws from `chance`. `scheduler` makes the scheduler, as `Scheduler` is made. Raises
    `QuotaRefused`, and `ValueError` where that placement has no `chance`.
    """

    def __init__(
        self,
        name: str,
        nodes: Mapping[str, int | Node],
        rules: Rules,
        *,
        emit: Callable[[object], None],
        moves_s: float = 60.0,
        resumes: bool = False,
        saves_s: float = 0.0,
        grace_s: float = 0.0,
        chance: random.Random | None = None,
        scheduler: Callable[..., Scheduler] = Scheduler,
    ) -> None:
        if rules.placement == "random" and chance is None:
            raise ValueError(f"cluster {name} places jobs at random and has no chance; give it a seeded stream")
        gpus = {node: room if isinstance(room, int) else len(room.gpus) for node, room in nodes.items()}
        check_quotas(rules.quotas, sum(gpus.values()))
        self.name = name
        self._rules = rules
        self._emit = emit
        self._moves_s = moves_s
        self._resumes = resumes
        self._saves_s = saves_s
        self._grace_s = grace_s
        self._scheduler = scheduler(rules, nodes, waits=self._leaves_s > 0)
        self._leaving: set[str] = set()
        self._completed: set[str] = set()
        self._chance = chance
        self._running: dict[str, _Running] = {}
        self._left_s: dict[str, float] = {}
        self._done: dict[str, asyncio.Future[None]] = {}
        emit(ClusterOpened(name, tuple(gpus.items())))

    @property
    def consolidates(self) -> bool:
        """Whether running jobs are moved to make room for others."""
        return self._rules.consolidates

    @property
    def _leaves_s(self) -> float:
        """The seconds until a preempted job has left its GPUs."""
        return min(self._saves_s, self._grace_s) if self._resumes else 0.0

    def submit(self, work: Work) -> asyncio.Future[None]:
        """Queue a job; the future is done when the job has ended. Raises `WorkRefused` and queues nothing."""
        self._scheduler.check(work)
        if work.name in self._done and not self._done[work.name].done():
            raise WorkRefused(f"there is a job {work.name} already, and it has not ended")
        done = self._done[work.name] = asyncio.get_running_loop().create_future()
        self._left_s[work.name] = work.runs_s
        self._scheduler.submit(work)
        self._emit(WorkQueued(self.name, work.name, work.gpus * work.pods, work.namespace))
        self._decide()
        return done

    def complete(self, name: str) -> None:
        """End work now, whether it runs or is queued; work that has ended is no error.

        Work that is leaving its GPUs, or waits for others to leave them, ends once they are free.
        """
        if name in self._leaving:
            self._completed.add(name)
        elif name in self._running:
            self._running[name].ends.cancel()
            self._end(self._running[name].work)
        elif self._scheduler.withdraw(name):
            self._emit(WorkEnded(self.name, name))
            self._done[name].set_result(None)
            # in strict order it may have blocked the others
            self._decide()

    def _decide(self) -> None:
        while True:
            draw = self._chance.random() if self._chance is not None else 0.0
            match self._scheduler.decide(draw):
                case Place(work, node, others):
                    self._start(work, node, *others)
                    # it may have waited for others to leave another node
                    self._settle({work.name})
                case Preempt() as action if self._leaves_s:
                    self._tell_to_leave(action)
                case Preempt() as action:
                    self._preempt(action)
                case Rearrange(work, node, moves):
                    for moved, to in moves:
                        self._move(moved, to)
                    self._start(work, node, after_s=self._moves_s)
                case None:
                    return

    def _start(self, work: Work, *nodes: str, after_s: float = 0.0) -> None:
        loop = asyncio.get_running_loop()
        left_s = self._left_s[work.name]
        if left_s < work.runs_s:
            after_s = self._moves_s
        ends = loop.call_later(after_s + left_s, self._end, work)
        self._running[work.name] = _Running(work, loop.time() + after_s, left_s, ends)
        for node in nodes:
            self._emit(WorkPlaced(self.name, work.name, node, work.gpus))

    def _move(self, work: Work, to: str) -> None:
        there = self._running[work.name]
        self._halt(there)
        loop = asyncio.get_running_loop()
        there.since_s = loop.time() + self._moves_s
        there.ends = loop.call_later(self._moves_s + there.left_s / there.share, self._end, work)
        self._emit(WorkMoved(self.name, work.name, to, work.gpus))

    def _tell_to_leave(self, action: Preempt) -> None:
        for victim in action.victims:
            self._halt(self._running[victim.name])
            self._emit(WorkToldToLeave(self.name, victim.name, action.work.name, self._grace_s))
        self._leaving |= {work.name for work in (*action.victims, action.work)}
        asyncio.get_running_loop().call_later(self._leaves_s, self._left, action)

    def _left(self, action: Preempt) -> None:
        starts = self._scheduler.left(action)
        self._preempt(action, starts=starts)
        self._settle({work.name for work in (*action.victims, *([action.work] if starts else ()))})
        self._decide()

    def _settle(self, names: set[str]) -> None:
        """Note that jobs neither leave nor wait for others to leave; those that were completed meanwhile end."""
        self._leaving -= names
        for name in sorted(names & self._completed):
            self._completed.discard(name)
            self.complete(name)

    def _preempt(self, action: Preempt, *, starts: bool = True) -> None:
        for victim in action.evicted:
            self._evict(victim, action.work)
        if action.kept:
            self._shrink(action.victims[-1], action.work, action.kept)
        if starts:
            self._start(action.work, action.node)

    def _evict(self, work: Work, wanting: Work) -> None:
        lost_gpu_s = self._stop(work)
        del self._running[work.name]
        self._emit(WorkEvicted(self.name, work.name, wanting.name, lost_gpu_s))

    def _shrink(self, work: Work, wanting: Work, kept: int) -> None:
        lost_gpu_s, there = self._stop(work), self._running[work.name]
        there.share = kept / work.gpus
        there.since_s = asyncio.get_running_loop().time() + self._moves_s
        there.ends = asyncio.get_running_loop().call_later(self._moves_s + there.left_s / there.share, self._end, work)
        self._emit(WorkShrunk(self.name, work.name, kept, wanting.name, lost_gpu_s))

    def _stop(self, work: Work) -> float:
        """Stop a running job, and return the GPU-seconds of its work that are lost."""
        there = self._running[work.name]
        self._halt(there)
        saved_s = self._left_s[work.name] if self._saves_s > self._grace_s else there.left_s
        again_s = saved_s if self._resumes else work.runs_s
        lost_s, there.left_s = again_s - there.left_s, again_s
        self._left_s[work.name] = again_s
        return round(lost_s * work.asks, 6)

    def _halt(self, there: _Running) -> None:
        """Stop a running job, and record its remaining time."""
        there.ends.cancel()
        worked_s = max(asyncio.get_running_loop().time() - there.since_s, 0.0)
        there.left_s -= worked_s * there.share
        there.since_s = math.inf

    def _end(self, work: Work) -> None:
        del self._running[work.name]
        self._scheduler.end(work.name)
        self._emit(WorkEnded(self.name, work.name))
        self._done[work.name].set_result(None)
        self._decide()
