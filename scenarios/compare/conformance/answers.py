"""The answers, one axis of the conformance table."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from math import ceil

from gateway_sim.scenarios.compare.conformance.places import Place


@dataclass(frozen=True)
class Answer:
    """The answer to a request while the fault lasts.

    `date_in_s` adds a Retry-After with an HTTP date, which is so far ahead, rounded up to a second. `after_s` is the
    delay of the answer. `cut` resets the connection instead, `silent` sends nothing until the caller leaves, and
    `refused` closes the port, so that later connections are refused. `done`: the platform does the work first, and only
    its answer is lost. `endless`: the fault never clears.
    """

    name: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] | None = field(default_factory=lambda: {"detail": "the stage answers so"})
    date_in_s: float = 0.0
    after_s: float = 0.0
    cut: bool = False
    silent: bool = False
    refused: bool = False
    done: bool = False
    endless: bool = False

    @property
    def tells_when(self) -> bool:
        """Return whether it has a Retry-After, in either form."""
        return bool(self.date_in_s) or "retry-after" in self.headers

    def headers_at(self, time_of_day_s: float) -> Mapping[str, str]:
        """Return the headers of an answer given at a time of day; a date is in whole seconds, and not too early."""
        if not self.date_in_s:
            return self.headers
        return {**self.headers, "retry-after": formatdate(ceil(time_of_day_s + self.date_in_s), usegmt=True)}

    def is_tried_at(self, place: Place) -> bool:
        """Return whether it makes a cell with this place.

        An answer after the work fits only where there is work. An endless fault is tried where the SDKs have a retry
        budget; a poll has none, and is tried with the one answer that causes no busy polling.
        """
        if self.done:
            return place.works
        if self.endless:
            return place.name == RESULT if self.after_s else place.leg in ("connect", "dispatch", "sample")
        return True

    def may_spin_at(self, place: Place) -> bool:
        """Return whether a poll may repeat this without a pause: such a cell needs the machine for itself."""
        return place.leg == "poll" and not self.after_s and (self.status == 408 or self.status >= 500)


RESULT = "forward_backward's result"

_BRIEF = (
    Answer("404", 404),
    Answer("404 + x-should-retry", 404, {"x-should-retry": "true"}),
    Answer("400", 400),
    Answer("400 empty", 400, body=None),
    Answer("401", 401),
    Answer("408", 408),
    Answer("409", 409),
    Answer("410", 410),
    Answer("421", 421),
    Answer("425", 425),
    Answer("429", 429),
    Answer("429 + Retry-After", 429, {"retry-after": "2"}),
    Answer("429 + Retry-After date", 429, date_in_s=3.0),
    Answer("500", 500),
    Answer("502", 502),
    Answer("503", 503),
    Answer("503 + Retry-After", 503, {"retry-after": "2"}),
    Answer("503 + Retry-After date", 503, date_in_s=3.0),
    Answer("503 + queue_state", 503, body={"queue_state": "route_not_ready"}),
    Answer("503 held 1 s", 503, after_s=1.0),
    Answer("connection refused", refused=True),
    Answer("connection reset", cut=True),
    Answer("no answer", silent=True),
    Answer("503 after it was done", 503, done=True),
    Answer("reset after it was done", cut=True, done=True),
    Answer("silence after it was done", silent=True, done=True),
)
ENDLESS = " without end"
_ENDLESS = tuple(
    replace(answer, name=answer.name + ENDLESS, endless=True)
    for answer in _BRIEF
    if answer.name in ("503", "503 + Retry-After", "503 held 1 s", "connection reset", "no answer")
)

ANSWERS: Mapping[str, Answer] = {answer.name: answer for answer in (*_BRIEF, *_ENDLESS)}
QUICK_ANSWERS = (
    "404", "404 + x-should-retry", "408", "429", "503", "503 + Retry-After", "503 held 1 s", "503 after it was done",
)  # fmt: skip
"""The answers on which the race and its fixes depend."""
