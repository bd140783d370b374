"""What the client sent and received, in past tense. No event carries a time; the trace stamps it."""

from dataclasses import dataclass
from typing import Literal

from client.sdk.legs import Leg


@dataclass(frozen=True)
class CallSent:
    """A request went out; `path` starts at the trainer's or the control plane's root."""

    leg: Leg
    path: str
    seq_id: int | None
    request_id: str | None


@dataclass(frozen=True)
class CallAnswered:
    """An answer came back, of whatever status."""

    leg: Leg
    path: str
    status: int
    request_id: str | None


@dataclass(frozen=True)
class CallLost:
    """No answer came; `kind` is "refused", "reset" or "timeout"."""

    leg: Leg
    path: str
    kind: str


@dataclass(frozen=True)
class RetryScheduled:
    """A wait began, after which something is sent again: by the SDK's own loops or by the retry policy."""

    leg: Leg
    after_s: float
    by: Literal["sdk", "policy"]


@dataclass(frozen=True)
class ControlPlaneProbed:
    """A policy asked the control plane about the job: one of `state` and `error` is set."""

    state: str | None
    error: str | None


@dataclass(frozen=True)
class JobReported:
    """While waiting for the job, the control plane reported a state it had not reported last time."""

    state: str


@dataclass(frozen=True)
class ReadinessReached:
    """The job is RUNNING and one healthz through the gateway answered 200: ready, as the SDK understands it."""


@dataclass(frozen=True)
class Connected:
    """Session and model exist."""

    model_id: str


@dataclass(frozen=True)
class WarmupProbed:
    """A warm-up probe ended; `successes` stand in a row now."""

    successes: int


@dataclass(frozen=True)
class WarmupFinished:
    """The warm-up ended: enough successes, an error that is no miss, a job that is lost, or its deadline."""

    outcome: Literal["ready", "skipped", "lost", "timed_out"]
    took_s: float


@dataclass(frozen=True)
class SessionResumed:
    """The job runs on another pod, which took the checkpoint (None: none was saved) and `repeated` requests again."""

    model_id: str
    checkpoint: str | None
    repeated: int


@dataclass(frozen=True)
class ReplicaProved:
    """A gateway replica forwarded a probe of the client; `known` of `replicas` have by now."""

    replica: str
    known: int
    replicas: int


@dataclass(frozen=True)
class OperationAcknowledged:
    """A result reached the caller: from now on the operation counts as done."""

    kind: str
    seq_id: int
