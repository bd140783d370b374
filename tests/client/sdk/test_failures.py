"""What a failure proves about the work: the table in the docstring of `certainty`, row by row."""

import re

import pytest

from gateway_sim.client.sdk.failures import Definite, Failure, Unsure, certainty
from tests.docstring_tables import rows

LEGS = ["connect", "dispatch"]
LOST = ["refused", "connect-timeout", "reset", "timeout", "dropped"]
ANYTHING = [404, 410, 503, *LOST]
OPERATION_FAILED = "the pod reports a failed operation"


def failures(legs: str, came_back: str) -> list[Failure]:
    """Return the failures that a row of the table speaks of."""
    named = [*LEGS, "poll"] if legs == "any" else legs.split("/")
    if came_back == OPERATION_FAILED:
        return [Failure(leg, 200, "operation") for leg in named]
    words = came_back.replace("5xx", "500 502 503 504")
    told = ANYTHING if words == "anything" else [int(status) for status in re.findall(r"\d{3}", words)]
    told += [kind for kind in LOST if kind in re.findall(r"[a-z-]+", words)]
    return [
        Failure(leg, one, "status") if isinstance(one, int) else Failure(leg, None, one)
        for leg in named
        for one in told
    ]


@pytest.mark.parametrize(("legs", "came_back", "so"), rows(certainty))
def test_each_row_of_the_table_holds(legs, came_back, so):
    """The verdict is the first word of the row's last cell."""
    found = failures(legs, came_back)
    assert found
    assert {type(certainty(failure)).__name__ for failure in found} == {so.partition(":")[0]}


def test_the_table_speaks_of_every_way_to_fail_before_a_result_is_polled():
    """A status or a lost call that no row names would be judged by nothing but the code."""
    spoken = {
        (failure.status, failure.kind)
        for legs, came_back, _ in rows(certainty)
        if legs == "connect/dispatch"
        for failure in failures(legs, came_back)
    }
    assert {kind for status, kind in spoken if status is None} == set(LOST)
    assert {status for status, _ in spoken} >= {400, 401, 403, 404, 408, 409, 410, 413, 421, 422, 429, 500, 502, 503}


@pytest.mark.parametrize("status", [None, 400, 404, 410, 503])
def test_a_poll_that_was_given_up_says_nothing_about_the_work(status):
    """The work was handed in before the poll."""
    kind = "refused" if status is None else "abandoned"
    assert certainty(Failure("poll", status, kind)) == Unsure()


def test_a_failed_operation_is_definite_also_on_a_poll():
    """The pod itself says that it did not do the work."""
    assert certainty(Failure("poll", 200, "operation")) == Definite()


def test_only_a_404_that_is_shown_as_it_is_counts_as_not_found():
    """A 404 that the poll loop turned into another error, or another status, is none."""
    assert Failure("dispatch", 404, "status").is_not_found
    assert not Failure("poll", 404, "abandoned").is_not_found
    assert not Failure("dispatch", 410, "status").is_not_found
