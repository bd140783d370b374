"""The states of a trainer job, and their transitions as a table: (state, event) -> state. Pure.

The states are those the SDK reads (docs/reference/protocol.md §3); the wire adds the prefix `JOB_STATE_`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class JobState(StrEnum):
    """The state of a job, as `GET .../rlorTrainerJobs/{job}` returns it."""

    CREATING = "JOB_STATE_CREATING"
    PENDING = "JOB_STATE_PENDING"
    RUNNING = "JOB_STATE_RUNNING"
    PAUSED = "JOB_STATE_PAUSED"
    FAILED = "JOB_STATE_FAILED"
    COMPLETED = "JOB_STATE_COMPLETED"
    CANCELLED = "JOB_STATE_CANCELLED"
    DELETED = "JOB_STATE_DELETED"


class JobEvent(StrEnum):
    """What can happen to a job."""

    ADMIT = "admit"
    START = "start"
    REQUEUE = "requeue"
    PAUSE = "pause"
    RESUME = "resume"
    FAIL = "fail"
    COMPLETE = "complete"
    CANCEL = "cancel"
    DELETE = "delete"
    RECREATE = "recreate"


_S, _E = JobState, JobEvent

TRANSITIONS: dict[tuple[JobState, JobEvent], JobState] = {
    (_S.CREATING, _E.ADMIT): _S.PENDING,
    (_S.CREATING, _E.FAIL): _S.FAILED,
    (_S.CREATING, _E.CANCEL): _S.CANCELLED,
    (_S.CREATING, _E.DELETE): _S.DELETED,
    (_S.PENDING, _E.START): _S.RUNNING,
    (_S.PENDING, _E.PAUSE): _S.PAUSED,
    (_S.PENDING, _E.FAIL): _S.FAILED,
    (_S.PENDING, _E.CANCEL): _S.CANCELLED,
    (_S.PENDING, _E.DELETE): _S.DELETED,
    (_S.RUNNING, _E.REQUEUE): _S.PENDING,
    (_S.RUNNING, _E.PAUSE): _S.PAUSED,
    (_S.RUNNING, _E.FAIL): _S.FAILED,
    (_S.RUNNING, _E.COMPLETE): _S.COMPLETED,
    (_S.RUNNING, _E.CANCEL): _S.CANCELLED,
    (_S.RUNNING, _E.DELETE): _S.DELETED,
    (_S.PAUSED, _E.RESUME): _S.PENDING,
    (_S.PAUSED, _E.CANCEL): _S.CANCELLED,
    (_S.PAUSED, _E.DELETE): _S.DELETED,
    (_S.FAILED, _E.RESUME): _S.PENDING,
    (_S.FAILED, _E.DELETE): _S.DELETED,
    (_S.CANCELLED, _E.RESUME): _S.PENDING,
    (_S.CANCELLED, _E.DELETE): _S.DELETED,
    (_S.COMPLETED, _E.DELETE): _S.DELETED,
    (_S.DELETED, _E.RECREATE): _S.CREATING,
}

LIVE = frozenset({JobState.CREATING, JobState.PENDING, JobState.RUNNING})
"""States in which a pod of the job runs or will run."""


class WrongState(ValueError):
    """The job's state does not allow the event; the message names job, state and event."""


@dataclass(frozen=True)
class Job:
    """A trainer job; `incarnation` numbers its starts, failed ones included, and is its route's generation.

    It is 0 before the first start. No number is used twice, so that no pod belongs to two starts. `birth` counts the
    jobs of this name: a job that was deleted and created again is another job.
    """

    account: str
    name: str
    state: JobState = JobState.CREATING
    incarnation: int = 0
    message: str = ""
    birth: int = 1

    def after(self, event: JobEvent, message: str = "") -> Job:
        """Return the job as it is after `event`. Raises `WrongState`."""
        state = TRANSITIONS.get((self.state, event))
        if state is None:
            on_its_way = event is JobEvent.RESUME and self.state in (
                JobState.CREATING,
                JobState.PENDING,
                JobState.RUNNING,
            )
            hint = ", and need not: wait until it is JOB_STATE_RUNNING" if on_its_way else ""
            raise WrongState(f"job {self.account}/{self.name} is {self.state.value}; it cannot {event.value}{hint}")
        starts = self.incarnation + (state is JobState.PENDING)
        births = self.birth + (event is JobEvent.RECREATE)
        return replace(self, state=state, incarnation=starts, birth=births, message=message)
