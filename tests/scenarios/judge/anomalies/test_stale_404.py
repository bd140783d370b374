"""A final answer for a route that is published, on traces written by hand."""

import pytest

from gateway_sim.events import RequestRefused, RouteMissed, RoutePublished, RouteWithdrawn
from gateway_sim.scenarios.judge.anomalies.stale_404 import stale_404

PUBLISHED = (1.0, RoutePublished("acme", "job-1", 1, "pod:1"))
MISSED = (2.0, RouteMissed("gw-1", "acme", "job-1", "connect"))


def refused(status: int) -> tuple[float, RequestRefused]:
    """Return the answer of the replica that missed the route."""
    return 3.5, RequestRefused("gw-1", "connect", status, "route-not-found")


@pytest.mark.parametrize("status", [404, 410])
def test_it_is_shown_with_the_publication_the_miss_and_the_answer(history, status):
    """And for how long the route had been published by then."""
    trace = history(PUBLISHED, MISSED, refused(status))
    (shown,) = stale_404(trace)
    assert shown.message == f"gw-1 answered {status}; the route had been published for 2.500 s"
    assert (shown.at_s, shown.witness) == (3.5, tuple(trace.entries))


@pytest.mark.parametrize(
    "told",
    [
        (PUBLISHED, MISSED, refused(503)),
        (MISSED, refused(404)),
        (PUBLISHED, (1.5, RouteWithdrawn("acme", "job-1", 1)), MISSED, refused(404)),
    ],
    ids=["not yet", "not published", "withdrawn"],
)
def test_what_is_no_stale_404(history, told):
    """An answer that asks for patience, or one that is right."""
    assert list(stale_404(history(*told))) == []
