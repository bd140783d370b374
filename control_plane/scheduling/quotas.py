"""GPU quotas: a nominal share for each namespace, and GPUs that it may borrow while they are idle. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class QuotaRefused(ValueError):
    """The quotas contradict themselves or the cluster; the message names the namespace."""


@dataclass(frozen=True)
class Quota:
    """`nominal` GPUs are the namespace's own; it may use up to `borrows` more until their owners claim them."""

    namespace: str
    nominal: int
    borrows: int = 0

    def __post_init__(self) -> None:
        """Refuse shares below zero."""
        for name in ("nominal", "borrows"):
            if getattr(self, name) < 0:
                raise QuotaRefused(
                    f"the quota of {self.namespace} has {name} {getattr(self, name)}; it must be 0 or more"
                )


def check(quotas: Sequence[Quota], gpus: int) -> None:
    """Refuse quotas that promise more than the cluster has. Raises `QuotaRefused`."""
    promised = sum(quota.nominal for quota in quotas)
    if promised > gpus:
        names = ", ".join(quota.namespace for quota in quotas)
        raise QuotaRefused(f"the quotas of {names} promise {promised} GPUs; the cluster has {gpus}")


def admits(quotas: Sequence[Quota], used: Mapping[str, int], namespace: str, gpus: int) -> bool:
    """Return whether a namespace that uses `used` GPUs may take `gpus` more; one without a quota may take none.

    Without any quotas every namespace may. Whether the GPUs are free is left to the scheduler.
    """
    if not quotas:
        return True
    own = _quota_of(quotas, namespace)
    return own is not None and used.get(namespace, 0) + gpus <= own.nominal + own.borrows


def owed(quotas: Sequence[Quota], used: Mapping[str, int], namespace: str, gpus: int) -> bool:
    """Return whether `gpus` more are within the namespace's nominal share, so that borrowers must return them."""
    own = _quota_of(quotas, namespace)
    return own is not None and used.get(namespace, 0) + gpus <= own.nominal


def borrowed(quotas: Sequence[Quota], used: Mapping[str, int], namespace: str) -> int:
    """Return how many GPUs a namespace uses beyond its nominal share."""
    own = _quota_of(quotas, namespace)
    return max(used.get(namespace, 0) - own.nominal, 0) if own else 0


def _quota_of(quotas: Sequence[Quota], namespace: str) -> Quota | None:
    return next((quota for quota in quotas if quota.namespace == namespace), None)
