"""Replicas that contradict each other, on traces written by hand."""

import pytest

from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed, RoutePublished, RouteWithdrawn
from gateway_sim.scenarios.judge.anomalies.non_monotonic_route import non_monotonic_route

JOB = ("acme", "job-1")
FIRST, SECOND = (RoutePublished(*JOB, generation, f"pod-{generation}:1") for generation in (1, 2))
MISSED, REFUSED = RouteMissed("gw-1", *JOB, "dispatch"), RequestRefused("gw-1", "dispatch", 404, "route-not-found")


def sent(replica: str, generation: int, job: str = "job-1") -> RequestForwarded:
    """Return a request that a replica sent to the pod of a generation."""
    return RequestForwarded(replica, "acme", job, "dispatch", generation, f"pod-{generation}:1")


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ([FIRST, sent("gw-0", 1), MISSED, REFUSED], [("generation 1 by gw-0, then no route by gw-1", (1, 2, 3))]),
        ([FIRST, SECOND, sent("gw-0", 2), sent("gw-1", 1)], [("generation 2 by gw-0, then 1 by gw-1", (2, 3))]),
        ([FIRST, SECOND, sent("gw-0", 2), sent("gw-1", 1), MISSED, REFUSED],
         [("generation 2 by gw-0, then 1 by gw-1", (2, 3)),
          ("generation 2 by gw-0, then no route by gw-1", (2, 4, 5))]),
        ([FIRST, sent("gw-0", 1), sent("gw-2", 1), MISSED, REFUSED],
         [("generation 1 by gw-2, then no route by gw-1", (2, 3, 4))]),
        ([FIRST, MISSED, REFUSED, sent("gw-0", 1)], []),
        ([FIRST, sent("gw-0", 1), SECOND, sent("gw-1", 2)], []),
        ([FIRST, sent("gw-0", 1), MISSED, sent("gw-1", 1)], []),
        ([FIRST, sent("gw-0", 1), RouteWithdrawn(*JOB, 1), MISSED, REFUSED], []),
        ([FIRST, SECOND, sent("gw-0", 2, "job-2"), sent("gw-1", 1)], []),
    ],
    ids=["then none", "then an older one", "an older one, then none", "by the last that knew it", "none before",
         "then a newer one", "found in the end", "withdrawn", "another job"],
)  # fmt: skip
def test_a_route_that_was_seen_and_is_not_any_more_is_shown(history, told, shown):
    """With the request that reached it; a refusal is no contradiction once the route is withdrawn."""
    trace = history(*enumerate(told))
    assert [(one.message, one.witness) for one in non_monotonic_route(trace)] == [
        (text, tuple(trace.entries[n] for n in places)) for text, places in shown
    ]
    assert all(one.at_s == one.witness[-1].at_s for one in non_monotonic_route(trace))
