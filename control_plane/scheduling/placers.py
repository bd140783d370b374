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
    and `memory_mib` the MiB, 0 where the cluster does not count them. `jobs` are the names of those that run on it.
    """

    name: str
    shares: tuple[int, ...]
    cpu_milli: int = 0
    memory_mib: int = 0
    jobs: tuple[str, ...] = ()

    @property
    def gpus(self) -> int:
        """The GPUs that are free as a whole."""
        return self.shares.count(WHOLE)

    @property
    def room(self) -> Node:
        """What is free, as a `Node`."""
        return Node(self.shares, self.cpu_milli, self.memory_mib)

    def holds(self, job: WaitingJob) -> bool:
        """Return whether it has room for one pod of a job."""
        if self.cpu_milli < job.cpu_milli or self.memory_mib < job.memory_mib:
            return False
        return not job.gpus or (job.gpus <= len(self.shares) and self.shares[-job.gpus] >= job.milli)

    def less(self, job: WaitingJob) -> FreeNode:
        """Return the node as it is with one more pod of a job, on the fullest GPU that fits. Raises `ValueError`."""
        found = ways(self.room, job.pod)
        if not found:
            raise ValueError(f"{self.name} has no room for {job.name}")
        jobs = self.jobs if job.name in self.jobs else (*self.jobs, job.name)
        return FreeNode(self.name, *after(self.room, job.pod, found[0]), jobs)

    def more(self, job: WaitingJob) -> FreeNode:
        """Return the node as it is with one pod of a job fewer.

        Which GPU had a part is not known. The part is given to a GPU that is wholly free with it, else to the one with
        the most free that has room for it, so this is an estimate where GPUs are shared. The job's name goes with the
        first of its pods.
        """
        shares = list(self.shares)
        if job.milli == WHOLE:
            shares[: job.gpus] = [WHOLE] * job.gpus
        elif job.gpus:
            free = [share + job.milli for share in shares]
            had = max(range(len(free)), key=lambda n: (free[n] == WHOLE, free[n] < WHOLE, free[n]))
            shares[had] = min(free[had], WHOLE)
        cpu_milli, memory_mib = self.cpu_milli + job.cpu_milli, self.memory_mib + job.memory_mib
        left = tuple(name for name in self.jobs if name != job.name)
        return FreeNode(self.name, tuple(sorted(shares)), cpu_milli, memory_mib, left)


class WaitingJob(NamedTuple):
    """A job that may start now, of `pods` that start together; each takes what follows from one node.

    `gpus` GPUs, with `milli` below 1,000 that many thousandths of one; `cpu_milli` thousandths of processors and
    `memory_mib` MiB. `queue` is its ClusterQueue or namespace; a higher `priority` is more urgent. It was submitted at
    `submitted_s`, by the clock of the question, and has asked for `limit_s` seconds; None: it said no limit.
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
    limit_s: float | None = None

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
