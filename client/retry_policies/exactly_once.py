"""Retry on every leg with the identical request, and resume when the job restarts: this project's own fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gateway_sim.client.retry_policies.answers import GiveUp, RetryPolicy
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.retry_loops import After, Backoff

if TYPE_CHECKING:
    from gateway_sim.client.connecting import Access
    from gateway_sim.client.job_manager import TrainerEndpoint
    from gateway_sim.client.sdk.calls import Calls
    from gateway_sim.client.sdk.session import TrainingClient

_FINAL = frozenset({400, 401, 403, 413, 422})


@dataclass(frozen=True)
class ExactlyOnce(RetryPolicy):
    """Repeats the identical request under its seq_id, and asks the control plane what a refusal means.

    A refused call is repeated for up to `patience_s`. The wait doubles from `first_s` to `longest_s`; each is drawn
    from half of that to all of it. If the answer has a `Retry-After` that asks for more, the wait is as long as that,
    at most `longest_told_s`, and up to a share of `told_spread` longer, so that clients that were told the same do not
    return together. The control plane is asked at the first refusal, in a long wait each `longest_s`, and at most once
    each `probe_every_s` for all calls together, each time up to `probe_jitter_s` late; a missing answer changes
    nothing, and a job that is gone or has a new pod ends the wait. A job that is queued again is asked about each
    `queued_every_s`. For `fresh_after_refusal_s` after a refusal each request opens a new connection, so that no
    balancer pins the client to one replica. The warm-up probes until every gateway replica has forwarded a probe, with
    gaps of `warm_replicas_gap_s` to 1.5 times that. It lasts at most `warm_replicas_healthy_s` while no probe fails,
    and at most `warm_replicas_longest_s` once one has. To resume, up to `remembered` requests since the last save are
    kept; a run with more of them cannot be resumed.

    The pod must deduplicate by seq_id. Work that a pod did after the last save is computed again. While calls are
    refused, the control plane gets one call a second.
    """

    name: ClassVar[str] = "exactly-once"

    first_s: float = 0.4
    longest_s: float = 2.0
    longest_told_s: float = 60.0
    told_spread: float = 0.1
    patience_s: float = 800.0
    probe_every_s: float = 1.0
    probe_jitter_s: float = 0.3
    queued_every_s: float = 2.0
    fresh_after_refusal_s: float = 30.0
    warm_replicas_gap_s: float = 0.25
    warm_replicas_healthy_s: float = 2.5
    warm_replicas_longest_s: float = 10.0
    remembered: int = 512

    def on_failure(self, failure: Failure, attempt: int) -> GiveUp:
        """Give up: `ExactlyOnceCalls` has repeated the call already."""
        return GiveUp()

    def calls(self, access: Access, endpoint: TrainerEndpoint) -> Calls:
        """Return calls that are repeated until they are answered, or the job is gone or has another incarnation."""
        from gateway_sim.client.exactly_once.calls import ExactlyOnceCalls
        from gateway_sim.client.exactly_once.job_monitor import JobMonitor
        from gateway_sim.client.exactly_once.liveness import JobIdentity

        monitor = JobMonitor(access.jobs, endpoint.job, self, access.rng, access.emit)
        return ExactlyOnceCalls(self, access, endpoint, monitor, JobIdentity(endpoint.uid, endpoint.incarnation))

    async def connect(
        self, access: Access, endpoint: TrainerEndpoint, base_model: str, lora_rank: int
    ) -> TrainingClient:
        """Open a session on the job's pod, and return a client that follows the job to its next pods."""
        from gateway_sim.client.exactly_once.journal import Journal
        from gateway_sim.client.exactly_once.session import ExactlyOnceTraining, PodSessions

        sessions = PodSessions(self, access, endpoint, base_model, lora_rank)
        return ExactlyOnceTraining(await sessions.open(), sessions, Journal(self.remembered), access)

    def is_final(self, failure: Failure) -> bool:
        """Say whether repeating the call cannot change the answer: the call itself is wrong, or its work failed."""
        return failure.kind == "operation" or failure.status in _FINAL

    def wait(self, attempt: int) -> After:
        """Return the wait before repeating a call for the `attempt`-th time, counted from 0."""
        return Backoff(self.first_s, self.longest_s, jitter_low=0.5).window(attempt)

    def told(self, failure: Failure) -> After:
        """Return the wait that an answer told, from the time of the answer; 0 s if it told none."""
        told_s = min(max(failure.retry_after_s or 0.0, 0.0), self.longest_told_s)
        return After(told_s, told_s * (1.0 + self.told_spread))
