"""What a view of a route means for a request: the table in the docstring of `decide`, row by row."""

from __future__ import annotations

import pytest

from gateway_sim.decide import Forward, decide
from gateway_sim.route_table import Route
from tests.docstring_tables import rows

READY = Route("acme", "job-1", 3, "READY", "pod:3")
PENDING = Route("acme", "job-1", 3, "PENDING", "")
TOMBSTONE = Route("acme", "job-1", 3, "TOMBSTONE", "")

EXAMPLES = {
    "nothing": [(None, 0), (None, 3)],
    "a tombstone": [(TOMBSTONE, 0), (TOMBSTONE, 3), (TOMBSTONE, 4)],
    "PENDING, its pod on the way": [(PENDING, 0), (PENDING, 3), (PENDING, 4)],
    "READY, older than asked for": [(READY, 4)],
    "READY": [(READY, 0), (READY, 2), (READY, 3)],
}
"""For each row of the table, pairs of a route seen and the generation asked for."""


@pytest.mark.parametrize(("seen", "then"), rows(decide))
def test_each_row_of_the_table_holds(seen, then):
    """The kind of the decision is the row's second cell; what cannot serve is named with the route."""
    for route, at_least in EXAMPLES[seen]:
        decision = decide(route, at_least)
        assert type(decision).__name__ == then
        if then == "Stale":
            assert decision.route == route


def test_the_table_has_a_row_for_every_example():
    """A row that is taken out of the docstring is missed here."""
    assert {seen for seen, _ in rows(decide)} == set(EXAMPLES)


def test_a_request_is_forwarded_to_the_pod_of_the_route_and_as_of_its_generation():
    """Also where the route is newer than what was asked for: the older pod is gone by then."""
    assert decide(READY, 2) == Forward("pod:3", 3)
