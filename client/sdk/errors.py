"""The exceptions of the training client, under the names of the tinker SDK (docs/reference/protocol.md §4).

Each has the `leg` and the HTTP `status` of the failed call; `describe` finds both for built-in exceptions too, through
their `__cause__`.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from gateway_sim.client.sdk.failures import Failure, FailureKind
from gateway_sim.client.sdk.legs import Leg


class _FailedCall(Exception):
    """An exception with its `Failure`; made of a message alone, it has the class's usual status, kind and leg."""

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
        """The HTTP status of the answer; None without an answer."""
        return self.failure.status

    @property
    def body(self) -> str:
        """The text of the answer; empty without an answer."""
        return self.failure.body


class TinkerError(_FailedCall):
    """Any exception of the tinker SDK's own."""


class APIStatusError(TinkerError):
    """The answer had a status of 400 or above that was not retried (docs/reference/protocol.md §4.1)."""


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
    """404: final for the SDK, so the race ends the run (PR 344)."""

    usual_status = 404


class ConflictError(APIStatusError):
    """409: the request contradicts the state of the trainer."""

    usual_status = 409


class UnprocessableEntityError(APIStatusError):
    """422: well-formed, with content that is not accepted."""

    usual_status = 422


class RateLimitError(APIStatusError):
    """429: too many requests."""

    usual_status = 429


class InternalServerError(APIStatusError):
    """500 or above, after the SDK's retries."""

    usual_status = 500


class APIConnectionError(TinkerError):
    """No answer came: the connection was refused or broke."""

    usual_kind: ClassVar[FailureKind] = "reset"


class APITimeoutError(APIConnectionError):
    """No answer came in time; the work may have been done."""

    usual_kind = "timeout"


class RequestFailedError(TinkerError):
    """The pod accepted the work, and the work failed: a 200 with `error` (docs/reference/protocol.md §1.2).

    `category` is "user", "server" or "unknown".
    """

    usual_kind = "operation"

    def __init__(self, error: str, category: str = "unknown", *, failure: Failure | None = None) -> None:
        super().__init__(error, failure=failure or Failure("poll", 200, "operation", message=error))
        self.error = error
        self.category = category


class RetryableException(_FailedCall):
    """410 while polling: the SDK reports an expired promise; not a `TinkerError` (docs/reference/protocol.md §4.3)."""

    usual_status = 410
    usual_kind = "abandoned"
    usual_leg = "poll"


class ControlPlaneError(_FailedCall):
    """The control plane refused, was not reached, or reports a job that will not run again."""

    usual_kind = "operation"
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
    """Return the class that tinker raises for a failure that it does not retry."""
    if failure.status is None:
        return APITimeoutError if failure.kind in ("timeout", "connect-timeout") else APIConnectionError
    if failure.status >= 500:
        return InternalServerError
    return _BY_STATUS.get(failure.status, APIStatusError)


def error_of(failure: Failure, shown_as: type[Exception]) -> Exception:
    """Make the exception that the user sees; if it is not the status error, that becomes its `__cause__`."""
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
    """Return the `Failure` of an exception or of its `__cause__`; None when no call failed.

    A status failure found through `__cause__` was raised as another exception, so its kind is "abandoned".
    """
    if isinstance(error, _FailedCall):
        return error.failure
    cause = error.__cause__
    found = failure_of(cause) if cause is not None else None
    return replace(found, kind="abandoned") if found is not None and found.kind == "status" else found


@dataclass(frozen=True)
class ErrorReport:
    """An error as four fields, for a trace, a table or a JSON document."""

    type: str
    status: int | None
    leg: Leg | None
    message: str


def describe(error: BaseException) -> ErrorReport:
    """Return an error's class name and message, with the status and leg of the failed call if there was one."""
    failure = failure_of(error)
    status, leg = (failure.status, failure.leg) if failure is not None else (None, None)
    return ErrorReport(type(error).__name__, status, leg, str(error))
