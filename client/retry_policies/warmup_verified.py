"""Warm up at connect, then retry a 404 only if the control plane reports the job as running (PR 348)."""

from dataclasses import dataclass
from typing import ClassVar, Final

from gateway_sim.client.retry_policies.answers import AskControlPlane, GiveUp, RetryPolicy
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.retry_loops import After
from gateway_sim.client.warmup import Warmup

_WARMUP: Final = Warmup()


@dataclass(frozen=True)
class WarmupVerified(RetryPolicy):
    """Three `get_info` successes in a row at connect, then up to four verified retries of a training call.

    Its gaps, each measured (docs/reference/protocol.md §5): session and model are created before the warm-up. The
    probes share one connection, hence often one replica. A call is retried at most `max_retries` times, and only after
    a `NotFoundError`; a 404 of a result poll is a ValueError. A retry is a new request under the next `seq_id`, so work
    that was done already is applied twice.
    """

    name: ClassVar[str] = "warmup-verified"

    warmup: Warmup = _WARMUP
    max_retries: int = 4
    waits_s: tuple[float, ...] = (2.0, 4.0, 8.0, 15.0)

    def on_failure(self, failure: Failure, attempt: int) -> AskControlPlane | GiveUp:
        """Ask the control plane about a `NotFoundError` while retries are left; give up on any other failure."""
        if not failure.is_not_found or attempt >= self.max_retries:
            return GiveUp()
        wait_s = self.waits_s[min(attempt, len(self.waits_s) - 1)]
        return AskControlPlane(then=After(wait_s, wait_s))
