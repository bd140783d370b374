"""The failure of one call, and what it proves about whether the work was done. Pure."""

from dataclasses import dataclass
from typing import Literal

from gateway_sim.client.sdk.legs import Leg

FailureKind = Literal[
    "status", "refused", "connect-timeout", "reset", "timeout", "dropped", "abandoned", "foreign", "operation"
]
"""How the call failed.

*status*: the SDK raises the error of the answer's status. *refused*, *connect-timeout*: no connection came about.
*reset*, *timeout*: a request was sent, and no answer came. *dropped*: a
400 without a body came, on which later SDKs drop the connection (docs/reference/protocol.md §2). *abandoned*: the SDK's
poll loop gave up and raises a ValueError or a RetryableException instead of the status error
(docs/reference/protocol.md §4.3). *foreign*: the SDK raises an exception of its own, which is no `tinker.NotFoundError`
(docs/reference/protocol.md §4.1). *operation*: the pod answered 200 and reports that the work failed.
"""


@dataclass(frozen=True)
class Failure:
    """One call that did not succeed.

    `status` is None without an answer. `retry_after_s` (from `Retry-After` or `retry-after-ms`) and `should_retry`
    (from `x-should-retry`) are None if the answer lacks the header. `body` is the answer's text.
    """

    leg: Leg
    status: int | None
    kind: FailureKind
    retry_after_s: float | None = None
    should_retry: bool | None = None
    message: str = ""
    body: str = ""

    @property
    def is_not_found(self) -> bool:
        """Whether the SDK raises this as `NotFoundError`; it raises a poll's 404 as ValueError."""
        return self.kind == "status" and self.status == 404


@dataclass(frozen=True)
class Definite:
    """The work was not done and will not be: a resend cannot do it twice."""


@dataclass(frozen=True)
class Unsure:
    """The work may have been done, or may still be done."""


_REFUSED = frozenset({400, 401, 403, 404, 413, 421, 422, 429})


def certainty(failure: Failure) -> Definite | Unsure:
    """Return what a failure proves about the work of its call.

    | leg              | what came back                               | so                                            |
    | ---------------- | -------------------------------------------- | --------------------------------------------- |
    | poll             | anything                                     | Unsure: the work was dispatched before        |
    | connect/dispatch | refused, connect-timeout                     | Definite: nothing was sent                    |
    | connect/dispatch | dropped                                      | Definite: refused before any work             |
    | connect/dispatch | 400 401 403 404 413 421 422 429              | Definite: refused before any work             |
    | connect/dispatch | 408, 409, 410, 5xx, reset, timeout           | Unsure: perhaps only the answer was lost      |
    | any              | the pod reports a failed operation           | Definite                                      |

    A request on the leg *sample* is judged as a dispatch; it changes no weights, so to repeat it is safe in any case.
    """
    if failure.kind == "operation":
        return Definite()
    if failure.leg == "poll":
        return Unsure()
    if failure.kind in ("refused", "connect-timeout", "dropped") or failure.status in _REFUSED:
        return Definite()
    return Unsure()
