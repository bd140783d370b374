"""Errors by the names tinker's users know, and what `describe` makes of them."""

import pytest

from gateway_sim.client.sdk.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ControlPlaneError,
    ErrorReport,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RequestFailedError,
    RetryableException,
    TinkerError,
    UnprocessableEntityError,
    describe,
    error_class,
    error_of,
    failure_of,
)
from gateway_sim.client.sdk.failures import Failure


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (409, ConflictError),
        (421, APIStatusError),
        (422, UnprocessableEntityError),
        (429, RateLimitError),
        (500, InternalServerError),
        (504, InternalServerError),
    ],
)
def test_each_status_has_its_class(status, error):
    """As in tinker; a status without a class of its own is an APIStatusError."""
    assert error_class(Failure("dispatch", status, "status")) is error


@pytest.mark.parametrize(
    ("kind", "error"), [("refused", APIConnectionError), ("reset", APIConnectionError), ("timeout", APITimeoutError)]
)
def test_a_lost_call_is_a_connection_error(kind, error):
    """Only a timeout has a class of its own."""
    assert error_class(Failure("dispatch", None, kind)) is error


def test_a_poll_error_shown_as_something_else_keeps_its_cause():
    """The ValueError and the RetryableException both lead back to the status, and no longer count as NotFoundError."""
    failure = Failure("poll", 404, "status", message="no route")
    shown = error_of(failure, ValueError)
    assert type(shown) is ValueError
    assert type(shown.__cause__) is NotFoundError
    found = failure_of(shown)
    assert found is not None
    assert (found.status, found.kind, found.is_not_found) == (404, "abandoned", False)
    assert describe(shown) == ErrorReport("ValueError", 404, "poll", "the result was given up: no route")
    expired = error_of(Failure("poll", 410, "status"), RetryableException)
    assert not isinstance(expired, TinkerError)
    assert failure_of(expired) == Failure("poll", 410, "abandoned")


@pytest.mark.parametrize(
    ("error", "type_", "status", "leg"),
    [
        (NotFoundError("gone"), "NotFoundError", 404, "dispatch"),
        (RequestFailedError("gone", "user"), "RequestFailedError", 200, "poll"),
        (ControlPlaneError("gone"), "ControlPlaneError", None, "control"),
        (APITimeoutError("gone"), "APITimeoutError", None, "dispatch"),
        (BadRequestError("gone"), "BadRequestError", 400, "dispatch"),
        (ConflictError("gone"), "ConflictError", 409, "dispatch"),
        (RateLimitError("gone"), "RateLimitError", 429, "dispatch"),
        (InternalServerError("gone"), "InternalServerError", 500, "dispatch"),
        (KeyError("gone"), "KeyError", None, None),
    ],
)
def test_describe_names_type_status_and_leg(error, type_, status, leg):
    """An exception of no call at all has neither status nor leg."""
    report = describe(error)
    assert (report.type, report.status, report.leg) == (type_, status, leg)
    assert "gone" in report.message
    failure = failure_of(error)
    assert failure is None or failure.message == "gone"


def test_a_control_plane_error_is_no_tinker_error():
    """It comes from another SDK, and no policy of the training calls may take it for one of theirs."""
    assert not isinstance(ControlPlaneError("away"), TinkerError)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadRequestError, 400),
        (AuthenticationError, 401),
        (PermissionDeniedError, 403),
        (ConflictError, 409),
        (UnprocessableEntityError, 422),
        (RateLimitError, 429),
        (InternalServerError, 500),
        (RetryableException, 410),
        (APIConnectionError, None),
    ],
)
def test_an_error_of_a_message_alone_has_its_usual_status(error, status):
    """A test's own errors need no answer."""
    assert error("gone").status == status
    assert error("gone").body == ""


def test_an_error_of_a_failure_has_the_failures_message():
    """Unless it is given one of its own."""
    failure = Failure("dispatch", 404, "status", message="no route")
    assert str(NotFoundError(failure=failure)) == "no route"
    assert str(NotFoundError("gone", failure=failure)) == "gone"
    assert RequestFailedError("NaN", failure=failure).failure is failure
    assert RequestFailedError("NaN").category == "unknown"


@pytest.mark.parametrize(
    ("status", "kind", "found"),
    [
        (None, "reset", "reset"),
        (200, "operation", "operation"),
        (None, "dropped", "dropped"),
        (404, "status", "abandoned"),
    ],
)
def test_what_caused_an_error_keeps_its_kind_unless_it_was_an_answer(status, kind, found):
    """Only a status that was raised as something else counts as abandoned."""
    shown = ValueError("given up")
    shown.__cause__ = APIConnectionError(failure=Failure("poll", status, kind))
    assert failure_of(shown).kind == found


def test_no_connection_in_time_is_a_timeout():
    """Also before anything was sent."""
    assert error_class(Failure("dispatch", None, "connect-timeout")) is APITimeoutError
    assert error_class(Failure("dispatch", None, "dropped")) is APIConnectionError
