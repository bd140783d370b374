"""What a gateway answered, and whether it is one of the answers of the contract. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from gateway_sim.upstream import Headers

FINAL: Final = (404, 410)
"""The statuses that end a call of an SDK on every leg (docs/reference/protocol.md §4)."""
FIELDS: Final = {"type": str, "title": str, "status": int, "detail": str}
"""What a problem holds (RFC 9457)."""
HELD_AT_LEAST_S: Final = 0.9
"""A poll that is refused must be held for a second, less the inexactness of clocks."""


@dataclass(frozen=True)
class Answer:
    """A status with headers and body after `after_s` seconds; status 0: there was no answer, and `broken` says why.

    With a status, `broken` says why the body is not complete.
    """

    status: int
    headers: Headers
    body: bytes
    after_s: float
    broken: str = ""

    def header(self, name: str) -> str:
        """Return a header's values, joined by a comma; "" without one."""
        return ", ".join(self.each(name))

    def each(self, name: str) -> list[str]:
        """Return a header's values."""
        return [value.decode("latin-1") for key, value in self.headers if key.lower() == name.lower().encode()]

    @property
    def told(self) -> str:
        """What was seen, as the end of a sentence."""
        if not self.status:
            return self.broken
        held = f" after {self.after_s:.1f} s" if self.after_s >= HELD_AT_LEAST_S else ""
        return f"answered {self.status}{held}"

    @property
    def problem(self) -> dict[str, Any]:
        """The body as a JSON object; empty if it is none."""
        try:
            body = json.loads(self.body)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}


def not_as_a_refusal(answer: Answer) -> str:
    """Say what a refusal lacks: a problem's body and type, or `no-store`; "" if nothing."""
    kind = answer.header("content-type").partition(";")[0].strip()
    if kind != "application/problem+json":
        return f"{answer.told} with Content-Type {kind or 'missing'} instead of application/problem+json"
    wrong = [name for name, of in FIELDS.items() if not isinstance(answer.problem.get(name), of)]
    if wrong:
        return f"{answer.told} with a problem without {' and '.join(wrong)}"
    if answer.problem["status"] != answer.status:
        return f"{answer.told} with a problem whose status is {answer.problem['status']}"
    return not_kept_from_caches(answer)


def not_kept_from_caches(answer: Answer) -> str:
    """Say that a refusal may be cached; "" if it may not."""
    stated = answer.header("cache-control")
    words = [word.strip().lower() for word in stated.split(",")]
    return "" if "no-store" in words else f"{answer.told} with Cache-Control {stated or 'missing'} instead of no-store"


def not_as_a_pause(answer: Answer, leg: str, wanted: str = "503") -> str:
    """Say why a caller cannot wait an answer out: another status than 503, no Retry-After, or a poll not held."""
    if answer.status != 503:
        return f"{answer.told} instead of {wanted}"
    after = answer.header("retry-after")
    if not _is_a_pause(after):
        return f"{answer.told} with Retry-After {after or 'missing'} instead of a number of seconds"
    if leg == "poll" and answer.after_s < HELD_AT_LEAST_S:
        return f"answered a poll 503 after {answer.after_s:.1f} s instead of holding it for a second"
    return ""


def _is_a_pause(after: str) -> bool:
    try:
        return 0 < float(after) <= 60
    except ValueError:
        return False


def not_final(answer: Answer) -> str:
    """Say why a caller goes on asking; "" if the answer ends it."""
    return "" if answer.status in FINAL else f"{answer.told} instead of 404 or 410"


def not_told_as_final(answer: Answer) -> str:
    """Say why a caller that retries statuses goes on asking; "" if the answer ends it."""
    if why := not_final(answer):
        return why
    stated = answer.header("x-should-retry")
    return "" if stated == "false" else f"{answer.told} with x-should-retry {stated or 'missing'} instead of false"
