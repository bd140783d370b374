"""Cover every leg, repeat the same request and no other, and resume where the job does: this project's own fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from client.retry_policies.answers import After, GiveUp, RetryPolicy
from client.sdk.failures import Failure

if TYPE_CHECKING:
    from client.connecting import Access
    from client.job_manager import TrainerEndpoint
    from client.sdk.calls import Calls
    from client.sdk.session import TrainingClient

_MEANT = frozenset({400, 401, 403, 413, 422})


@dataclass(frozen=True)
class ExactlyOnce(RetryPolicy):
    """Polls the same request again, resends the same seq_id, and asks the control plane what a refusal means.

    A refused call waits `first_s` doubling to `longest_s`, each wait drawn from half of it to the whole, for up to
    `patience_s`. The control plane is asked at the first refusal and at most once each `probe_every_s` for all calls
    together, each time up to `probe_jitter_s` late; no answer changes nothing. While a job is queued anew it is asked
    each `queued_every_s`. After a refusal new connections are made for `wary_s`, so that no balancer pins the client to
    one replica. The warm-up asks every gateway replica once, `cover_gap_s` apart and for `cover_s` at most, or for
    `cover_calm_s` where none of them fails. To resume, the requests since the last save are kept, `remembered` at most:
    a run that never saves can be resumed only so far.

    It needs a pod that knows a repeated seq_id. It cannot save what a pod computed after the last save but does compute
    it again, and it costs a control-plane call a second while it is refused.
    """

    name: ClassVar[str] = "exactly-once"

    first_s: float = 0.4
    longest_s: float = 2.0
    patience_s: float = 800.0
    probe_every_s: float = 1.0
    probe_jitter_s: float = 0.3
    queued_every_s: float = 2.0
    wary_s: float = 30.0
    cover_gap_s: float = 0.25
    cover_calm_s: float = 2.5
    cover_s: float = 10.0
    remembered: int = 512

    def on_failure(self, failure: Failure, attempt: int) -> GiveUp:
        """Give up: the calls themselves have repeated a failure that reaches this far."""
        return GiveUp()

    def calls(self, access: Access, endpoint: TrainerEndpoint) -> Calls:
        """Return calls that are repeated until they are answered, the job is gone, or it runs as another one."""
        from client.exactly_once.calls import ExactlyOnceCalls
        from client.exactly_once.job_monitor import JobMonitor
        from client.exactly_once.liveness import JobIdentity

        monitor = JobMonitor(access.jobs, endpoint.job, self, access.rng, access.emit)
        return ExactlyOnceCalls(self, access, endpoint, monitor, JobIdentity(endpoint.uid, endpoint.incarnation))

    async def connect(
        self, access: Access, endpoint: TrainerEndpoint, base_model: str, lora_rank: int
    ) -> TrainingClient:
        """Open a session on the job's pod, and return a client that moves with the job from pod to pod."""
        from client.exactly_once.journal import Journal
        from client.exactly_once.session import ExactlyOnceTraining, PodSessions

        sessions = PodSessions(self, access, endpoint, base_model, lora_rank)
        return ExactlyOnceTraining(await sessions.open(0), sessions, Journal(self.remembered), access)

    def is_final(self, failure: Failure) -> bool:
        """Say whether a failure is an answer to the call itself, which no repetition changes."""
        return failure.kind == "operation" or failure.status in _MEANT

    def wait(self, attempt: int) -> After:
        """Return the wait before repeating a call for the `attempt`-th time, counted from 0."""
        high_s = min(self.first_s * 2.0 ** min(attempt, 30), self.longest_s)
        return After(high_s / 2, high_s)
