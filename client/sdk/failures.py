"""What went wrong with one call, and how much it says about whether the work was done. Pure."""

from dataclasses import dataclass
from typing import Literal

from client.sdk.legs import Leg

FailureKind = Literal["status", "refused", "reset", "timeout", "dropped", "abandoned", "foreign", "operation"]
"""How a failure reached us.

*status*: the SDK shows the answer's status as it is. *refused*, *reset*, *timeout*: no answer came. *dropped*: a 400
without a body came, which later SDKs take as the word to drop the connection (docs/reference/protocol.md §2).
*abandoned*: the SDK's poll loop gave a result up and shows a ValueError or a RetryableException in place of the status
(docs/reference/protocol.md §4.3). *foreign*: the SDK shows the status as an exception of its own, which is no
`tinker.NotFoundError` (docs/reference/protocol.md §4.1). *operation*: the pod answered 200 and says that the work
itself failed.
"""


@dataclass(frozen=True)
class Failure:
    """One call that did not succeed.

    `status` is None when no answer came. `retry_after_s` and `should_retry` are what the answer's headers asked for
    (`Retry-After` or `retry-after-ms`, and `x-should-retry`), None when they were silent. `body` is the answer's text.
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
        """Whether the SDK raises this as `NotFoundError`: a 404 that no poll loop has turned into a ValueError."""
        return self.kind == "status" and self.status == 404


@dataclass(frozen=True)
class Definite:
    """The work did not happen and will not happen: sending it again cannot do it twice."""


@dataclass(frozen=True)
class Unsure:
    """The work may have happened, may be happening, or may still happen."""


_TURNED_AWAY = frozenset({400, 401, 403, 404, 413, 421, 422, 429})


def certainty(failure: Failure) -> Definite | Unsure:
    """Say what a failure proves about the work it was for.

    | leg              | what came back                               | so                                            |
    | ---------------- | -------------------------------------------- | --------------------------------------------- |
    | poll             | anything                                     | Unsure: the work was handed in before         |
    | connect/dispatch | connection refused                           | Definite: nothing was sent                    |
    | connect/dispatch | dropped                                      | Definite: turned away at the door             |
    | connect/dispatch | 400 401 403 404 413 421 422 429              | Definite: turned away at the door             |
    | connect/dispatch | 408, 409, 410, 5xx, reset, timeout           | Unsure: the answer may be all that was lost   |
    | any              | the pod says that the operation failed       | Definite                                      |
    """
    if failure.kind == "operation":
        return Definite()
    if failure.leg == "poll":
        return Unsure()
    if failure.kind in ("refused", "dropped") or failure.status in _TURNED_AWAY:
        return Definite()
    return Unsure()
