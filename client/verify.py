"""Decides after a 404 whether to retry, from the control plane's answer about the job. Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

RUNNING: Final = "JOB_STATE_RUNNING"
ON_ITS_WAY: Final = frozenset({"JOB_STATE_CREATING", "JOB_STATE_PENDING"})
OVER: Final = frozenset(
    f"JOB_STATE_{word}" for word in ("FAILED", "CANCELLED", "COMPLETED", "DELETING", "DELETED", "EXPIRED", "ARCHIVED")
)
"""States that a job does not leave by itself. PAUSED is not one: the job may be resumed meanwhile."""


@dataclass(frozen=True)
class Reported:
    """The control plane answered: the job is in `state`, such as "JOB_STATE_RUNNING"."""

    state: str


@dataclass(frozen=True)
class Unanswered:
    """The control plane did not report a state."""


class Verdict(Enum):
    """What follows a 404."""

    RETRY = "retry"
    RAISE = "raise"


def judge(answer: Reported | Unanswered) -> Verdict:
    """Say whether a 404 may be retried (PR 348).

    | the control plane                     | then  | because                                                    |
    | ------------------------------------- | ----- | ---------------------------------------------------------- |
    | says JOB_STATE_RUNNING                | RETRY | the trainer is there, only its route is not: the race      |
    | says any other state, now or for ever | RAISE | deleted, failed or paused: fail fast, resume from the last |
    |                                       |       | checkpoint. A job waiting to be placed again falls here too |
    | does not answer, or answers an error  | RAISE | two failures at once are not masked                        |
    """
    if isinstance(answer, Reported) and answer.state == RUNNING:
        return Verdict.RETRY
    return Verdict.RAISE
