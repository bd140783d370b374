"""The answers that are tried: one axis of the conformance table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """What a request is answered while the fault lasts.

    `after_s` is how long the answer is kept back. `cut` breaks the connection instead, `silent` never answers, and
    `refused` closes the whole port, so that later connections are refused.
    """

    name: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] | None = field(default_factory=lambda: {"detail": "the stage answers so"})
    after_s: float = 0.0
    cut: bool = False
    silent: bool = False
    refused: bool = False


ANSWERS: Mapping[str, Answer] = {
    answer.name: answer
    for answer in (
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
        Answer("500", 500),
        Answer("502", 502),
        Answer("503", 503),
        Answer("503 + Retry-After", 503, {"retry-after": "2"}),
        Answer("503 + queue_state", 503, body={"queue_state": "route_not_ready"}),
        Answer("503 held 1 s", 503, after_s=1.0),
        Answer("connection refused", refused=True),
        Answer("connection reset", cut=True),
        Answer("no answer", silent=True),
    )
}
QUICK_ANSWERS = ("404", "404 + x-should-retry", "408", "429", "503", "503 + Retry-After", "503 held 1 s")
"""Those on which the race and its fixes turn."""
