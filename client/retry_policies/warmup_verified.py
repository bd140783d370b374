"""Warm the route up at connect, then retry a 404 only while the control plane says that the job runs (PR 348)."""

from dataclasses import dataclass
from typing import ClassVar, Final

from client.retry_policies.answers import After, AskControlPlane, GiveUp, RetryPolicy
from client.sdk.failures import Failure
from client.warmup import Warmup

_WARMUP_REQUIRED_SUCCESSES: Final = 3
_WARMUP_TIMEOUT_S: Final = 120.0
_WARMUP_GAP_S: Final = 1.0
_WARMUP: Final = Warmup(_WARMUP_REQUIRED_SUCCESSES, _WARMUP_TIMEOUT_S, _WARMUP_GAP_S)
_NOT_FOUND_MAX_RETRIES: Final = 4
_NOT_FOUND_WAITS_S: Final = (2.0, 4.0, 8.0, 15.0)


@dataclass(frozen=True)
class WarmupVerified(RetryPolicy):
    """Three `get_info` successes in a row at connect, then up to four verified retries of a training call.

    What it does not cover, each measured (docs/reference/protocol.md §5): session and model are created before the
    warm-up; the probes share one connection, hence often one replica; only `NotFoundError` is caught, so a 404 of a
    result poll, which is a ValueError, passes; and a retried call runs anew under the next `seq_id`, so work done twice
    is counted twice.
    """

    name: ClassVar[str] = "warmup-verified"

    warmup: Warmup = _WARMUP
    max_retries: int = _NOT_FOUND_MAX_RETRIES
    waits_s: tuple[float, ...] = _NOT_FOUND_WAITS_S

    def on_failure(self, failure: Failure, attempt: int) -> AskControlPlane | GiveUp:
        """Ask the control plane about a `NotFoundError`, as long as retries are left; give up on all else."""
        if not failure.is_not_found or attempt >= self.max_retries:
            return GiveUp()
        wait_s = self.waits_s[min(attempt, len(self.waits_s) - 1)]
        return AskControlPlane(then=After(wait_s, wait_s))
