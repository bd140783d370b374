"""What a user of the training client sees raised, under the names the tinker SDK uses (docs/reference/protocol.md §4).

Every error knows the `leg` it came from and the `status` behind it; `describe` finds both for the built-in exceptions
too, through their `__cause__`.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from client.sdk.failures import Failure, FailureKind
from client.sdk.legs import Leg


class _FailedCall(Exception):
    """An exception that carries the `Failure` it tells of; made from a bare message it assumes a dispatched call."""

    usual_status: ClassVar[int | None] = None
    usual_kind: ClassVar[FailureKind] = "status"
    usual_leg: ClassVar[Leg] = "dispatch"

    def __init__(self, message: str = "", *, failure: Failure | None = None) -> None:
        self.failure = failure or Failure(self.usual_leg, self.usual_status, self.usual_kind, message=message)
        super().__init__(message or self.failure.message)

    @property
    def leg(self) -> Leg:
        """The leg of the call that failed."""
        return self.failure.leg

    @property
    def status(self) -> int | None:
        """The HTTP status behind the error, None when no answer came."""
        return self.failure.status

    @property
    def body(self) -> str:
        """The text of the answer, empty when there was none."""
        return self.failure.body


class TinkerError(_FailedCall):
    """Anything the tinker SDK raises on purpose."""


class APIStatusError(TinkerError):
    """The answer had a status of 400 or above that no retry took up (docs/reference/protocol.md §4.1)."""


class BadRequestError(APIStatusError):
    """400: the request is malformed."""

    usual_status = 400


class AuthenticationError(APIStatusError):
    """401: the key is missing or unknown."""

    usual_status = 401


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this."""

    usual_status = 403


class NotFoundError(APIStatusError):
    """404: the SDK takes it as final, which is where the race starts to hurt (PR 344)."""

    usual_status = 404


class ConflictError(APIStatusError):
    """409: the request contradicts what is there."""

    usual_status = 409


class UnprocessableEntityError(APIStatusError):
    """422: well-formed, and yet not understood."""

    usual_status = 422


class RateLimitError(APIStatusError):
    """429: too many requests."""

    usual_status = 429


class InternalServerError(APIStatusError):
    """500 or above, for as long as the SDK was ready to retry."""

    usual_status = 500


class APIConnectionError(TinkerError):
    """No answer came: the connection was refused or broke."""

    usual_kind: ClassVar[FailureKind] = "reset"


class APITimeoutError(APIConnectionError):
    """No answer came in time; the work may have been done all the same."""

    usual_kind = "timeout"


class RequestFailedError(TinkerError):
    """The pod took the work, and the work failed: a 200 with `error` and `category` (docs/reference/protocol.md §1.2).

    `category` is "user", "server" or "unknown".
    """

    usual_kind = "operation"

    def __init__(self, error: str, category: str = "unknown", *, failure: Failure | None = None) -> None:
        super().__init__(error, failure=failure or Failure("poll", 200, "operation", message=error))
        self.error = error
        self.category = category


class RetryableException(_FailedCall):
    """410 while polling: the SDK says that the promise expired. Not a `TinkerError`, there as here.

    See docs/reference/protocol.md §4.3.
    """

    usual_status = 410
    usual_kind = "abandoned"
    usual_leg = "poll"


class ControlPlaneError(_FailedCall):
    """The control plane refused, stayed unreachable, or reports a job that will not run again."""

    usual_leg = "control"


_BY_STATUS: dict[int, type[APIStatusError]] = {
    kind.usual_status: kind
    for kind in (
        BadRequestError,
        AuthenticationError,
        PermissionDeniedError,
        NotFoundError,
        ConflictError,
        UnprocessableEntityError,
        RateLimitError,
    )
    if kind.usual_status is not None
}


def error_class(failure: Failure) -> type[TinkerError]:
    """Return the class under which tinker shows a failure that nothing retried."""
    if failure.status is None:
        return APITimeoutError if failure.kind == "timeout" else APIConnectionError
    if failure.status >= 500:
        return InternalServerError
    return _BY_STATUS.get(failure.status, APIStatusError)


def error_of(failure: Failure, shown_as: type[Exception]) -> Exception:
    """Make the exception that the user sees; one that is no status error itself gets that as its `__cause__`."""
    plain = error_class(failure)
    if issubclass(shown_as, ControlPlaneError):
        return shown_as(failure=failure)
    cause = plain(failure=failure)
    if shown_as is plain:
        return cause
    if issubclass(shown_as, _FailedCall):
        shown: Exception = shown_as(failure=replace(failure, kind="abandoned"))
    else:
        shown = shown_as(f"the result was given up: {failure.message}")
    shown.__cause__ = cause
    return shown


def failure_of(error: BaseException) -> Failure | None:
    """Return the `Failure` behind an exception, looking through `__cause__`; None when no call failed.

    A failure found only through `__cause__` was shown as something else, so its kind is "abandoned".
    """
    if isinstance(error, _FailedCall):
        return error.failure
    cause = error.__cause__
    found = failure_of(cause) if cause is not None else None
    return replace(found, kind="abandoned") if found is not None and found.kind == "status" else found


@dataclass(frozen=True)
class ErrorReport:
    """An error in four words, for a trace, a table or a JSON document."""

    type: str
    status: int | None
    leg: Leg | None
    message: str


def describe(error: BaseException) -> ErrorReport:
    """Report an error by the name its user sees, with the status and the leg behind it where a call failed."""
    failure = failure_of(error)
    status, leg = (failure.status, failure.leg) if failure is not None else (None, None)
    return ErrorReport(type(error).__name__, status, leg, str(error))
