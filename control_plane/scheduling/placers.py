"""A scheduler of a team's own: what it is asked, and what it answers. Pure.

`delegated.py` asks it, holds its answers to the account, and carries them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from gateway_sim.control_plane.scheduling.shares import WHOLE, Node, Pod, after, ways


class FreeNode(NamedTuple):
    """What is free on a node.

    `shares` has the free thousandths of each of its GPUs, in rising order; `cpu_milli` the thousandths of processors
    and `memory_mib` the MiB, 0 where the cluster does not count them.
    """

    name: str
    shares: tuple[int, ...]
    cpu_milli: int = 0
    memory_mib: int = 0

    @property
    def gpus(self) -> int:
        """The GPUs that are free as a whole."""
        return self.shares.count(WHOLE)

    def holds(self, job: WaitingJob) -> bool:
        """Return whether it has room for one pod of a job."""
        if self.cpu_milli < job.cpu_milli or self.memory_mib < job.memory_mib:
            return False
        return not job.gpus or (job.gpus <= len(self.shares) and self.shares[-job.gpus] >= job.milli)

    def less(self, job: WaitingJob) -> FreeNode:
        """Return the node as it is with one more pod of a job, on the fullest GPU that fits. Raises `ValueError`."""
        room, pod = Node(*self[1:]), job.pod
        found = ways(room, pod)
        if not found:
            raise ValueError(f"{self.name} has no room for {job.name}")
        return FreeNode(self.name, *after(room, pod, found[0]))


class WaitingJob(NamedTuple):
    """A job that may start now, of `pods` that start together; each takes what follows from one node.

    `gpus` GPUs, with `milli` below 1,000 that many thousandths of one; `cpu_milli` thousandths of processors and
    `memory_mib` MiB. `queue` is its ClusterQueue or namespace; a higher `priority` is more urgent. It was submitted at
    `submitted_s`, by the clock of the question.
    """

    name: str
    gpus: int
    milli: int = WHOLE
    cpu_milli: int = 0
    memory_mib: int = 0
    pods: int = 1
    queue: str = "default"
    priority: int = 0
    submitted_s: float = 0.0

    @property
    def pod(self) -> Pod:
        """What each of its pods takes."""
        return Pod(self.gpus, self.milli, self.cpu_milli, self.memory_mib)


class Start(NamedTuple):
    """Start the job of this name now, with a pod on each of these nodes; a node may be named for several pods."""

    job: str
    nodes: Sequence[str]


class Placer(Protocol):
    """Decides which waiting jobs start, and where."""

    def place(self, free: Sequence[FreeNode], waiting: Sequence[WaitingJob], now_s: float) -> Sequence[Start]:
        """Return what starts now, in its order; nothing where every job must wait.

        `free` are all nodes, in the cluster's order; `waiting` the jobs that their quotas admit, in the order in which
        they began to wait. It is asked when a job was submitted, has ended or was preempted, and after each answer that
        starts a job. `now_s` is the second of the question.
        """
        ...
