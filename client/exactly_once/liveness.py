"""The liveness of the incarnation that a client trains, from the control plane's answer. Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway_sim.client.job_manager import JobStatus
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.verify import ON_ITS_WAY, RUNNING

FORGOTTEN: Final = ("unknown-session", "unknown-model", "unknown-request", "unknown-sampler")
"""The kinds of problem by which a pod says that it holds nothing under a name that this client got from it."""


class JobLiveness(Enum):
    """The state of a call's job, as far as the client knows."""

    ALIVE = "alive"
    QUEUED = "queued"
    REPLACED = "replaced"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class JobIdentity:
    """The job that a client trains: its `uid`, and the number of its start (`incarnation`; 0: not known)."""

    uid: str
    incarnation: int


def liveness_of(status: JobStatus | None, trained: JobIdentity) -> JobLiveness:
    """Return the job's liveness; None is a control plane that did not answer.

    | the control plane                                | then     | because                                         |
    | ------------------------------------------------ | -------- | ----------------------------------------------- |
    | does not answer                                  | UNKNOWN  | silence is no evidence of death                 |
    | has another job under this name                  | GONE     | its weights are not ours                        |
    | RUNNING, the incarnation that we train           | ALIVE    | only the way to it is not seen                  |
    | RUNNING, another incarnation                     | REPLACED | resume there from the last committed checkpoint |
    | PENDING or CREATING                              | QUEUED   | requeued: it will be RUNNING again              |
    | any other state                                  | GONE     | it does not start again by waiting              |
    """
    if status is None:
        return JobLiveness.UNKNOWN
    if trained.uid and status.uid and status.uid != trained.uid:
        return JobLiveness.GONE
    if status.state == RUNNING:
        same = not trained.incarnation or not status.incarnation or status.incarnation == trained.incarnation
        return JobLiveness.ALIVE if same else JobLiveness.REPLACED
    return JobLiveness.QUEUED if status.state in ON_ITS_WAY else JobLiveness.GONE


def is_forgotten(failure: Failure) -> bool:
    """Say whether the pod has lost its memory: it answers 404 for the client's own session, model or request id."""
    return failure.status == 404 and any(f":{kind}" in failure.body for kind in FORGOTTEN)
