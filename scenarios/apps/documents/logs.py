"""The document of a judged log."""

from typing_extensions import TypedDict

from gateway_sim.scenarios.apps.documents.runs import Violation
from gateway_sim.scenarios.judge.verdict import Verdict


class JudgedPromise(TypedDict):
    """The verdict on one promise; `why` is the reason of one that the log cannot be held to ("not_exercised").

    The `source` of each witness is the file and the line of the log.
    """

    promise: str
    verdict: Verdict
    why: str
    violations: list[Violation]


class JudgedLog(TypedDict):
    """A log from its first event, at `began`, and its verdicts. `notes` say what was assumed and what is not counted.

    The times of a witness are seconds from the first event on.
    """

    format: str
    events: int
    began: str
    lasted_s: float
    notes: list[str]
    broken: int
    promises: list[JudgedPromise]
