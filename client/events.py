"""Events of the client. They carry no time; the trace adds it."""

from dataclasses import dataclass
from typing import Literal

from gateway_sim.client.sdk.legs import Leg


@dataclass(frozen=True)
class CallSent:
    """A request was sent; `path` starts at the trainer's or the control plane's root."""

    leg: Leg
    path: str
    seq_id: int | None
    request_id: str | None


@dataclass(frozen=True)
class CallAnswered:
    """An answer came, of any status; `retry_after_s` is the wait that a refusal told its caller, None without one."""

    leg: Leg
    path: str
    status: int
    request_id: str | None
    retry_after_s: float | None = None


@dataclass(frozen=True)
class CallLost:
    """No answer came; `kind` is "refused", "connect-timeout", "reset" or "timeout"."""

    leg: Leg
    path: str
    kind: str


@dataclass(frozen=True)
class RetryScheduled:
    """A wait before a retry began, by the SDK's own loops or by the retry policy."""

    leg: Leg
    after_s: float
    by: Literal["sdk", "policy"]


@dataclass(frozen=True)
class ControlPlaneProbed:
    """A policy asked the control plane about the job; either `state` or `error` is set."""

    state: str | None
    error: str | None


@dataclass(frozen=True)
class JobReported:
    """The control plane reported another state of the job than before."""

    state: str


@dataclass(frozen=True)
class ReadinessReached:
    """The job is RUNNING and one healthz through the gateway answered 200: ready, by the SDK's definition."""


@dataclass(frozen=True)
class Connected:
    """Session and model exist."""

    model_id: str


@dataclass(frozen=True)
class WarmupProbed:
    """A warm-up probe ended; the last `successes` probes succeeded."""

    successes: int


@dataclass(frozen=True)
class WarmupFinished:
    """The warm-up ended: by enough successes, an error other than a 404, a lost job, or its deadline."""

    outcome: Literal["ready", "skipped", "lost", "timed_out"]
    took_s: float


@dataclass(frozen=True)
class SessionResumed:
    """The job's next pod loaded `checkpoint` (None: none was saved), and `repeated` requests were repeated on it."""

    model_id: str
    checkpoint: str | None
    repeated: int


@dataclass(frozen=True)
class ReplicaProved:
    """A gateway replica forwarded a probe of the client; `known` of `replicas` have done so."""

    replica: str
    known: int
    replicas: int


@dataclass(frozen=True)
class OperationAcknowledged:
    """A result reached the caller, so the operation counts as done."""

    kind: str
    seq_id: int
