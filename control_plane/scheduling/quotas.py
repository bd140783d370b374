"""GPU quotas: a nominal share for each namespace, and GPUs that it may borrow while they are idle. Pure.

The words are those of Kueue's ClusterQueue: quotas of one cohort lend to each other what they do not use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Reclaims = Literal["Never", "LowerPriority", "Any"]
Within = Literal["Never", "LowerPriority"]


class QuotaRefused(ValueError):
    """The quotas contradict themselves or the cluster; the message names the namespace."""


@dataclass(frozen=True)
class Quota:
    """`nominal` GPUs are the namespace's own; it may use up to `borrows` more until their owners claim them.

    Without a `cohort` it borrows whatever GPUs of the cluster are idle. With one it borrows from the quotas of its
    cohort, which lend what they do not use, each at most `lends` (None: all). `reclaims` says from which borrowers it
    may take its own GPUs back; `within` whether its jobs may preempt its own ones of lower priority. With `strict` its
    first job blocks those behind it.
    """

    namespace: str
    nominal: float
    borrows: float = 0
    cohort: str = ""
    lends: float | None = None
    reclaims: Reclaims = "Any"
    within: Within = "Never"
    strict: bool = False

    def __post_init__(self) -> None:
        """Refuse shares below zero."""
        for name in ("nominal", "borrows", "lends"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise QuotaRefused(f"the quota of {self.namespace} has {name} {value}; it must be 0 or more")

    @property
    def lendable(self) -> float:
        """The GPUs that others of its cohort may use."""
        return self.nominal if self.lends is None else min(self.lends, self.nominal)


def check(quotas: Sequence[Quota], gpus: int) -> None:
    """Refuse quotas that promise more than the cluster has. Raises `QuotaRefused`."""
    promised = sum(quota.nominal for quota in quotas)
    if promised > gpus:
        names = ", ".join(quota.namespace for quota in quotas)
        raise QuotaRefused(f"the quotas of {names} promise {promised} GPUs; the cluster has {gpus}")


def admits(quotas: Sequence[Quota], used: Mapping[str, float], namespace: str, gpus: float) -> bool:
    """Return whether a namespace that uses `used` GPUs may take `gpus` more; one without a quota may take none.

    Without any quotas every namespace may. Whether the GPUs are free is left to the scheduler.
    """
    if not quotas:
        return True
    own = quota_of(quotas, namespace)
    if own is None or used.get(namespace, 0) + gpus > own.nominal + own.borrows:
        return False
    return not own.cohort or gpus <= _left_for(own, quotas, used)


def could_ever(quotas: Sequence[Quota], namespace: str, gpus: float) -> bool:
    """Return whether the quotas admit a job of `gpus` when nothing else runs."""
    return admits(quotas, {}, namespace, gpus)


def _left_for(own: Quota, quotas: Sequence[Quota], used: Mapping[str, float]) -> float:
    """Return the GPUs that are left for a namespace: of what it keeps for itself, and of what its cohort shares."""
    cohort = [quota for quota in quotas if quota.cohort == own.cohort]
    shared = sum(quota.lendable for quota in cohort)
    in_use = sum(max(used.get(quota.namespace, 0) - (quota.nominal - quota.lendable), 0) for quota in cohort)
    return shared - in_use + max(own.nominal - own.lendable - used.get(own.namespace, 0), 0)


def owed(quotas: Sequence[Quota], used: Mapping[str, float], namespace: str, gpus: float) -> bool:
    """Return whether `gpus` more are within the namespace's nominal share, so that borrowers must return them."""
    own = quota_of(quotas, namespace)
    return own is not None and used.get(namespace, 0) + gpus <= own.nominal


def borrowed(quotas: Sequence[Quota], used: Mapping[str, float], namespace: str) -> float:
    """Return how many GPUs a namespace uses beyond its nominal share."""
    own = quota_of(quotas, namespace)
    return max(used.get(namespace, 0) - own.nominal, 0) if own else 0


def quota_of(quotas: Sequence[Quota], namespace: str) -> Quota | None:
    """Return the quota of a namespace, or None."""
    return next((quota for quota in quotas if quota.namespace == namespace), None)
