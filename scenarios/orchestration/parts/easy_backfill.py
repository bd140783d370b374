"""EASY backfill: jobs start in their order, and one that fits passes the first that waits where it does not delay it.

The first job that fits on no nodes has a reservation: the earliest second at which enough running jobs have ended, each
at the limit that it asked for (Mu'alem and Feitelson 2001). A job behind it starts before if it ends by then, or if it
leaves what the first one needs. A job without a limit never ends, for all that is known; one past its limit ends now.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway_sim.control_plane.scheduling.placers import FreeNode, Start, WaitingJob
from gateway_sim.scenarios.orchestration.ports.scheduler import BestFit, taken
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

port = "scheduler"

Rooms = Mapping[str, FreeNode]


@dataclass(frozen=True)
class Running:
    """A job that started on these nodes, a pod on each, and the second at which it must have ended."""

    job: WaitingJob
    nodes: Sequence[str]
    ends_s: float


class EasyBackfill:
    """Places as "best-fit" does; a higher priority goes first, then the longer wait."""

    def __init__(self, nodes: Sequence[FreeNode]) -> None:
        self._best_fit = BestFit(nodes)
        self._running: dict[str, Running] = {}

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> list[Start]:
        """Start the first jobs that fit, and behind the first that does not those that do not delay it."""
        there = {job for node in free for job in node.jobs}
        self._running = {name: run for name, run in self._running.items() if name in there}
        now, starts = {node.name: node for node in free}, list[Start]()
        queue = sorted(waiting, key=lambda job: -job.priority)
        while queue and (nodes := self._best_fit.nodes_for(queue[0], now)):
            now |= self._start(queue.pop(0), nodes, now, now_s, starts)
        if not queue:
            return starts
        first, *others = queue
        reserved_s, then = self._reservation(first, now)
        without_room = set[tuple[object, int]]()
        for job in others:
            if (job.pod, job.pods) in without_room:
                continue
            nodes = self._best_fit.nodes_for(job, now)
            if not nodes:
                without_room.add((job.pod, job.pods))
                continue
            if _ends_s(job, now_s) > reserved_s:
                later = self._beside(first, job, nodes, then)
                if later is None:
                    continue
                then = later
            now |= self._start(job, nodes, now, now_s, starts)
        return starts

    def _start(
        self, job: WaitingJob, nodes: Sequence[str], now: Rooms, now_s: float, starts: list[Start]
    ) -> dict[str, FreeNode]:
        """Start a job; return its nodes as they are then."""
        starts.append(Start(job.name, nodes))
        self._running[job.name] = Running(job, nodes, _ends_s(job, now_s))
        return taken(job, nodes, now)

    def _reservation(self, first: WaitingJob, now: Rooms) -> tuple[float, Rooms]:
        """Return the second at which the first job can start, and the nodes then; infinity where no limit says it."""
        then = dict(now)
        for run in sorted(self._running.values(), key=lambda run: run.ends_s):
            if run.ends_s == math.inf:
                break
            for node in run.nodes:
                then[node] = then[node].more(run.job)
            if any(then[node].holds(first) for node in run.nodes) and self._best_fit.nodes_for(first, then):
                return run.ends_s, then
        return math.inf, then

    def _beside(self, first: WaitingJob, job: WaitingJob, nodes: Sequence[str], then: Rooms) -> Rooms | None:
        """Return the nodes of the reservation with another job on these; None where the first one then does not fit."""
        try:
            later = {**then, **taken(job, nodes, then)}
        except ValueError:
            return None
        return later if self._best_fit.nodes_for(first, later) else None


def _ends_s(job: WaitingJob, now_s: float) -> float:
    return math.inf if job.limit_s is None else now_s + job.limit_s


def make(sandbox: Sandbox[Any], *, cluster: str, nodes: Sequence[FreeNode]) -> EasyBackfill:
    """Make the scheduler of a cluster."""
    return EasyBackfill(nodes)
