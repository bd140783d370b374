"""A scheduler: which of the waiting jobs start now, and on which nodes.

A part is made by `make(sandbox, cluster=..., nodes=...)`: the name of a cluster, and its nodes while they are empty, as
`FreeNode`. Each cluster has a scheduler of its own. It places, and the cluster does the rest: it keeps the account of
free GPUs, holds jobs back by their quotas, and preempts and moves jobs where its rules say so.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from gateway_sim.control_plane.scheduling.delegated import Delegated, free_nodes
from gateway_sim.control_plane.scheduling.placers import FreeNode, Placer, Start, WaitingJob
from gateway_sim.control_plane.scheduling.scheduler import Scheduler
from gateway_sim.control_plane.scheduling.shares import Node, capacities
from gateway_sim.control_plane.scheduling.work import Rules
from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox

NAME = "scheduler"

protocol = Placer


class BestFit:
    """This project's "best-fit": each job that fits starts, on the nodes of which the least is left.

    A higher priority goes first, then the longer wait. What is left of a node is counted in parts of the largest one's
    GPUs, processors and memory.
    """

    def __init__(self, nodes: Sequence[FreeNode]) -> None:
        self._largest = capacities([node.room for node in nodes])

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> list[Start]:
        """Start what fits."""
        rooms = {node.name: node for node in free}
        starts, without_room = list[Start](), set[tuple[object, int]]()
        for job in sorted(waiting, key=lambda job: -job.priority):
            if (job.pod, job.pods) in without_room:
                continue
            nodes = self.nodes_for(job, rooms)
            if nodes:
                starts.append(Start(job.name, nodes))
                rooms |= taken(job, nodes, rooms)
            else:
                without_room.add((job.pod, job.pods))
        return starts

    def nodes_for(self, job: WaitingJob, rooms: Mapping[str, FreeNode]) -> list[str]:
        """Return a node for each pod of a job; empty where not all find room."""
        left, nodes = dict(rooms), list[str]()
        while len(nodes) < job.pods and (fits := [node for node in left.values() if node.holds(job)]):
            best = min(fits, key=self._left_of)
            left[best.name] = best.less(job)
            nodes.append(best.name)
        return nodes if len(nodes) == job.pods else []

    def _left_of(self, node: FreeNode) -> float:
        sizes = (sum(node.shares), node.cpu_milli, node.memory_mib)
        return sum(left / largest for left, largest in zip(sizes, self._largest, strict=True))


def taken(job: WaitingJob, nodes: Sequence[str], rooms: Mapping[str, FreeNode]) -> dict[str, FreeNode]:
    """Return these nodes as they are once a job has started on them, a pod on each."""
    left = {name: rooms[name] for name in nodes}
    for name in nodes:
        left[name] = left[name].less(job)
    return left


def made(sandbox: Sandbox[Any], cluster: str) -> Callable[..., Scheduler]:
    """Return what makes the scheduler of a cluster: it asks the user's part, or is this project's."""
    make = sandbox.parts.get(NAME)
    return partial(_delegated, sandbox, cluster, make) if make else Scheduler


def _delegated(
    sandbox: Sandbox[Any], cluster: str, make: Make, rules: Rules, nodes: Mapping[str, int | Node], *, waits: bool
) -> Delegated:
    part: Placer = make(sandbox, cluster=cluster, nodes=tuple(free_nodes(nodes)))
    return Delegated(part, rules, nodes, clock=lambda: sandbox.now_s, failed=sandbox.fail, waits=waits)


def probe(make: Make, sandbox: Sandbox[Any]) -> object:
    """Make the scheduler of a cluster that no story has."""
    return make(sandbox, cluster="probe", nodes=tuple(free_nodes({"node-0": 8, "node-1": 4})))


def own(sandbox: Sandbox[Any], *, cluster: str, nodes: Sequence[FreeNode]) -> Placer:
    """Make this project's placement "best-fit", as a part."""
    return BestFit(nodes)
