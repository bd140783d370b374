"""The readings of routes, on traces written by hand."""

import pytest

from gateway_sim.control_plane.events import PodPlaced
from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed, RoutePublished, RouteWithdrawn
from gateway_sim.scenarios.judge.routes import Routes, Want, deliveries, wants, wants_and
from gateway_sim.trainer_pod.events import PodStopped, RequestMisdirected

FIRST = RoutePublished("acme", "job-1", 1, "http://a")
SECOND = RoutePublished("acme", "job-1", 2, "http://b")
GONE = RouteWithdrawn("acme", "job-1", 1)
JOB = ("acme", "job-1")
MISS = RouteMissed("gw-0", "acme", "job-1", "dispatch")
REFUSED = RequestRefused("gw-0", "dispatch", 404, "route-not-found")
SENT = RequestForwarded("gw-0", "acme", "job-1", "dispatch", 1, "http://a")


def followed(trace):
    """Return the table after all writes of a trace."""
    routes = Routes()
    for entry in trace.entries:
        routes.follow(entry)
    return routes


@pytest.mark.parametrize(
    ("writes", "standing", "withdrawn", "ended"),
    [
        ([FIRST], 0, None, {1: None}),
        ([FIRST, GONE], None, 1, {1: 1}),
        ([FIRST, SECOND], 1, None, {1: 1, 2: None}),
        ([FIRST, FIRST], 1, None, {1: None}),
        ([FIRST, GONE, SECOND], 2, None, {1: 1, 2: None}),
        ([GONE], None, 0, {1: None}),
        ([FIRST, RoutePublished("acme", "job-1", 2, "")], None, None, {1: 1}),
        ([FIRST, RoutePublished("acme", "other", 2, "http://b")], 0, None, {1: None}),
    ],
)
def test_the_table_after_its_writes(history, writes, standing, withdrawn, ended):
    """A newer generation or a tombstone ends a route; the same generation written again does not."""
    trace = history(*[(float(n), write) for n, write in enumerate(writes)])
    routes, entries = followed(trace), [*trace.entries, None]
    assert routes.standing.get(JOB) is (None if standing is None else entries[standing])
    assert routes.withdrawn.get(JOB) is (None if withdrawn is None else entries[withdrawn])
    for generation, place in ended.items():
        assert routes.ended(JOB, generation) is (None if place is None else entries[place])


def test_a_refusal_is_matched_with_the_miss_of_its_replica_and_leg(history):
    """With the route that was live then; a miss of another leg or of a forwarded request is none."""
    other_leg = RouteMissed("gw-0", "acme", "job-1", "poll")
    trace = history((0.0, MISS), (1.0, REFUSED), (2.0, FIRST), (3.0, other_leg), (4.0, MISS), (5.0, SENT),
                    (6.0, REFUSED), (7.0, MISS), (8.0, REFUSED))  # fmt: skip
    early, late = wants(trace)
    at = trace.entries
    assert early == Want(at[0], at[1], None)
    assert late == Want(at[7], at[8], at[2])
    assert (late.job, late.replica, late.witness) == (JOB, "gw-0", (at[7], at[8]))
    assert [one for one in wants_and(trace, RoutePublished, RouteMissed) if not isinstance(one, Want)] == [
        entry for entry in at if isinstance(entry.event, RoutePublished | RouteMissed)
    ]


def test_a_delivery_names_the_pod_that_was_asked_and_the_pod_that_is_there(history):
    """Another job's pod was placed at the address; later that pod stops, is placed anew, and the route is ended."""
    there = PodPlaced("acme", "other", 3, "http://a")
    trace = history((0.0, FIRST), (1.0, SENT), (2.0, there), (3.0, SENT), (4.0, PodStopped("acme", "other", 3)),
                    (5.0, SENT), (6.0, there), (7.0, GONE), (8.0, SENT),
                    (9.0, RequestMisdirected("acme", "other", 3, "acme/job-1@1")))  # fmt: skip
    at = trace.entries
    unknown, wrong, stopped, again, refused = deliveries(trace)
    assert {one.asked for one in deliveries(trace)} == {"acme/job-1@1"}
    assert (unknown.found, unknown.placed, unknown.is_misdirected) == ("acme/job-1@1", None, False)
    assert unknown.witness == (at[1],)
    assert (wrong.found, wrong.up, wrong.ended, wrong.is_misdirected) == ("acme/other@3", True, None, True)
    assert wrong.witness == (at[2], at[3])
    assert (stopped.up, again.up, again.ended, again.placed) == (False, True, at[7], at[6])
    assert (refused.refused, refused.found, refused.entry) == (True, "acme/other@3", at[9])
    assert not any(one.refused for one in (unknown, wrong, stopped, again))
