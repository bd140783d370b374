"""Trainer jobs on a cluster with quotas: each holds one GPU, its seat, while its pod may run."""

import asyncio
from collections.abc import Callable, Sequence

from gateway_sim.control_plane.events import JobWaits, WorkEvicted, WorkPlaced
from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.work import Rules, Work

NEVER_S = 1e9
"""The run time of a trainer's work, which ends by `Cluster.complete`."""


class OverQuota(ValueError):
    """The account's quota could never hold the job; the message names both."""


class Seats:
    """`gpus` GPUs, one for each trainer job, shared by accounts as `quotas` say.

    A job on a borrowed GPU is preempted when the GPU's owner claims it, and waits for its next seat like a new job.
    """

    def __init__(self, gpus: int, quotas: Sequence[Quota], *, emit: Callable[[object], None]) -> None:
        self._quotas = {quota.namespace: quota for quota in quotas}
        self._emit = emit
        self._seated: dict[str, asyncio.Event] = {}
        self._evicted: dict[str, Callable[[str, str], None]] = {}
        rules = Rules(preempts=True, quotas=tuple(quotas))
        self._cluster = Cluster("trainers", {"node": gpus}, rules, emit=self._follow, moves_s=0.0, resumes=True)

    def check(self, account: str, job: str) -> None:
        """Refuse a job that would wait for ever. Raises `OverQuota`."""
        quota = self._quotas.get(account)
        if quota is None or quota.nominal + quota.borrows < 1:
            raise OverQuota(f"job {account}/{job} wants 1 GPU; the quota of account {account} has none")

    async def take(self, account: str, job: str, evicted: Callable[[str, str], None]) -> None:
        """Wait until the job has a seat; return at once if it has one.

        `evicted` is called with account and job when the job loses its seat, and must stop its pod.
        """
        name = f"{account}/{job}"
        self._evicted[name] = evicted
        if name not in self._seated:
            self._seated[name] = asyncio.Event()
            self._cluster.submit(Work(name, 1, NEVER_S, account))
        if not self.has(account, job):
            self._emit(JobWaits(account, job, self.reason(account)))
            await self._seated[name].wait()

    def has(self, account: str, job: str) -> bool:
        """Return whether the job has a seat now."""
        seated = self._seated.get(f"{account}/{job}")
        return seated is not None and seated.is_set()

    def reason(self, account: str) -> str:
        """Return what a job of the account waits for."""
        quota = self._quotas[account]
        lent = f", and {quota.borrows} more while their owners do not claim them" if quota.borrows else ""
        return f"waits for a GPU: the quota of account {account} is {quota.nominal}{lent}"

    def leave(self, account: str, job: str) -> None:
        """Give the job's seat back, or its place in the queue; a job that has neither is no error."""
        if self._seated.pop(f"{account}/{job}", None) is not None:
            self._cluster.complete(f"{account}/{job}")

    def _follow(self, event: object) -> None:
        self._emit(event)
        match event:
            case WorkPlaced(work=name) if name in self._seated:
                self._seated[name].set()
            case WorkEvicted(work=name):
                self._seated[name].clear()
                account, _, job = name.partition("/")
                self._evicted[name](account, job)
