"""Who may use how many GPUs: a nominal share for each namespace, and what may be borrowed while others idle. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class QuotaRefused(ValueError):
    """The quotas contradict themselves or the cluster; the message names the namespace."""


@dataclass(frozen=True)
class Quota:
    """`nominal` GPUs are the namespace's own; up to `borrows` more are used while nobody else wants them."""

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
    """Say whether a namespace that uses `used` GPUs may take `gpus` more; one without a quota may take nothing.

    Without any quotas everybody may. Whether the GPUs are free is the scheduler's question, not this one.
    """
    if not quotas:
        return True
    own = next((quota for quota in quotas if quota.namespace == namespace), None)
    return own is not None and used.get(namespace, 0) + gpus <= own.nominal + own.borrows


def owed(quotas: Sequence[Quota], used: Mapping[str, int], namespace: str, gpus: int) -> bool:
    """Say whether `gpus` more are within the namespace's nominal share, so that borrowers must give them back."""
    own = next((quota for quota in quotas if quota.namespace == namespace), None)
    return own is not None and used.get(namespace, 0) + gpus <= own.nominal


def borrowed(quotas: Sequence[Quota], used: Mapping[str, int], namespace: str) -> int:
    """Return how many GPUs a namespace uses beyond its nominal share."""
    own = next((quota for quota in quotas if quota.namespace == namespace), None)
    return max(used.get(namespace, 0) - own.nominal, 0) if own else 0
