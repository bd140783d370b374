"""Which running job gives way to a waiting one: by priority, or by the quotas. Pure."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway_sim.control_plane.scheduling.quotas import Quota, borrowed, owed, quota_of
from gateway_sim.control_plane.scheduling.work import Work


class Wanting(Protocol):
    """A waiting job's namespace and priority."""

    @property
    def namespace(self) -> str:
        """Its namespace."""

    @property
    def priority(self) -> int:
        """Its priority."""


def may_preempt(
    quotas: Sequence[Quota], used: Mapping[str, float], wanting: Wanting, gpus: float, lower_runs: bool
) -> bool:
    """Return whether to look for jobs that give way to one of `gpus`; `lower_runs`: one of lower priority runs."""
    if not quotas:
        return lower_runs
    own = quota_of(quotas, wanting.namespace)
    if own is None:
        return False
    if own.within == "LowerPriority" and lower_runs:
        return True
    lent = any(borrowed(quotas, used, q.namespace) > 0 for q in quotas if q.cohort == own.cohort and q is not own)
    return own.reclaims != "Never" and lent and owed(quotas, used, wanting.namespace, gpus)


def gives_way(quotas: Sequence[Quota], used: Mapping[str, float], work: Work, wanting: Wanting, gpus: float) -> bool:
    """Return whether `work` must: under quotas if it borrows GPUs that `wanting` is owed, else by priority."""
    lower = work.priority < wanting.priority
    if not quotas:
        return lower
    own, other = quota_of(quotas, wanting.namespace), quota_of(quotas, work.namespace)
    if own is None or other is None:
        return False
    if work.namespace == wanting.namespace:
        return own.within == "LowerPriority" and lower
    if other.cohort != own.cohort or own.reclaims == "Never" or (own.reclaims == "LowerPriority" and not lower):
        return False
    return borrowed(quotas, used, work.namespace) > 0 and owed(quotas, used, wanting.namespace, gpus)
