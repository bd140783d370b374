"""What a failure proves, by leg and status."""

from __future__ import annotations

import pytest

from client.sdk.failures import Definite, Failure, Unsure, certainty


@pytest.mark.parametrize("leg", ["connect", "dispatch"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 421, 422, 429])
def test_what_was_turned_away_at_the_door_did_not_happen(leg, status):
    """These answers are given before any work is taken on."""
    assert certainty(Failure(leg, status, "status")) == Definite()


@pytest.mark.parametrize("status", [408, 409, 410, 500, 502, 503, 504])
def test_other_answers_to_a_dispatch_leave_it_open(status):
    """The pod may have done the work before a gateway lost its answer."""
    assert certainty(Failure("dispatch", status, "status")) == Unsure()


@pytest.mark.parametrize(("kind", "so"), [("refused", Definite()), ("reset", Unsure()), ("timeout", Unsure())])
def test_only_a_refused_connection_proves_that_nothing_was_sent(kind, so):
    """Without an answer, what matters is whether the request left."""
    assert certainty(Failure("dispatch", None, kind)) == so


@pytest.mark.parametrize("status", [None, 400, 404, 410, 503])
def test_a_failed_poll_says_nothing_about_the_work(status):
    """It was handed in before the poll, whatever became of the poll."""
    kind = "refused" if status is None else "abandoned"
    assert certainty(Failure("poll", status, kind)) == Unsure()


def test_a_failed_operation_is_definite():
    """The pod itself says that it did not do it."""
    assert certainty(Failure("poll", 200, "operation")) == Definite()
