"""EASY backfill: jobs start in their order, and a job that fits may pass the first waiting job if it does not delay it.

The first job that fits on no nodes has a reservation: the earliest second at which enough running jobs have ended, each
at the limit that it asked for (Mu'alem and Feitelson 2001). A later job starts now if it ends by that second, or if the
first job still fits beside it then, on the nodes that best-fit takes. A job without a limit never ends, for all that is
known; one past its limit counts as ending now.

It knows no quotas: a job that passes can use the quota of the first one. Where GPUs are shared, or jobs shrink, the
reservation is an estimate.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
        self._known: dict[str, WaitingJob] = {}

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> list[Start]:
        """Start the first jobs that fit, and behind the first that does not those that do not delay it."""
        self._note(free, waiting, now_s)
        now, starts = {node.name: node for node in free}, list[Start]()
        queue = sorted(waiting, key=lambda job: -job.priority)
        while queue and (nodes := self._best_fit.nodes_for(queue[0], now)):
            now |= self._start(queue.pop(0), nodes, now, now_s, starts)
        if not queue:
            return starts
        first, *others = queue
        reserved_s, then = self._reservation(first, now, now_s)
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

    def _note(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> None:
        """Note which jobs run: the cluster itself starts the ones that preempt others, and moves jobs."""
        on: dict[str, list[str]] = {}
        for node in free:
            for name in node.jobs:
                on.setdefault(name, []).append(node.name)
        wait = {job.name: job for job in waiting}
        self._known = {name: job for name, job in self._known.items() if name in on} | wait
        running: dict[str, Running] = {}
        for name, nodes in on.items():
            if (job := self._known.get(name)) is not None:
                run = self._running.get(name) or Running(job, nodes, _ends_s(job, now_s))
                running[name] = run if set(run.nodes) == set(nodes) else replace(run, nodes=nodes)
        self._running = running

    def _reservation(self, first: WaitingJob, now: Rooms, now_s: float) -> tuple[float, Rooms]:
        """Return the second at which the first job can start, and the nodes then; infinity where no limit says it."""
        then, reserved_s = dict(now), math.inf
        for run in sorted(self._running.values(), key=lambda run: run.ends_s):
            if run.ends_s == math.inf or max(run.ends_s, now_s) > reserved_s:
                break
            for node in run.nodes:
                then[node] = then[node].more(run.job)
            if any(then[node].holds(first) for node in run.nodes) and self._best_fit.nodes_for(first, then):
                reserved_s = max(run.ends_s, now_s)
        return reserved_s, then

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
