"""False readiness on traces written by hand: the shortest that shows it, and those nearest to it that do not."""

import pytest

from gateway_sim.client.events import ReadinessReached, WarmupFinished
from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed, RoutePublished
from gateway_sim.scenarios.judge.anomalies.false_ready import false_ready
from gateway_sim.scenarios.sim.events import FaultInjected

PUBLISHED = RoutePublished("acme", "job-1", 1, "http://a")
READY, WARM = ReadinessReached(), WarmupFinished("ready", 1.0)
SENT = RequestForwarded("gw-1", "acme", "job-1", "health", 1, "http://a")
REFUSED = (RouteMissed("gw-1", "acme", "job-1", "connect"), RequestRefused("gw-1", "connect", 404, "route-not-found"))


@pytest.mark.parametrize("ready", [READY, WARM])
def test_a_replica_that_never_forwarded_refuses_after_the_client_was_ready(history, ready):
    """Once for each replica and route, after either report; the witness is the report, the miss and the refusal."""
    trace = history(*enumerate([PUBLISHED, ready, *REFUSED, *REFUSED]))
    (found,) = false_ready(trace)
    assert (found.message, found.at_s) == ("gw-1 refused 2.000 s after the client reported the job ready", 3)
    assert found.witness == tuple(trace.entries[1:4])


@pytest.mark.parametrize(
    "told",
    [
        [PUBLISHED, *REFUSED],
        [READY, *REFUSED],
        [READY, PUBLISHED, *REFUSED],
        [PUBLISHED, SENT, READY, *REFUSED],
        [PUBLISHED, READY, FaultInjected("partition"), *REFUSED],
        [PUBLISHED, WarmupFinished("skipped", 0.0), *REFUSED],
        [PUBLISHED, WarmupFinished("timed_out", 120.0), *REFUSED],
    ],
)
def test_what_is_no_false_readiness(history, told):
    """Nothing was reported, no route was live, the route is newer, the replica had forwarded, or a fault began."""
    assert list(false_ready(history(*enumerate(told)))) == []


def test_a_new_generation_must_be_proved_anew(history):
    """That the replica forwarded to the old route proves nothing of the new one."""
    newer = RoutePublished("acme", "job-1", 2, "http://b")
    assert len(list(false_ready(history(*enumerate([PUBLISHED, SENT, newer, READY, *REFUSED]))))) == 1


def test_a_route_of_the_second_of_the_report_counts_and_so_does_a_refusal_after_an_early_one(history):
    """A refusal before the report is none."""
    trace = history((1.0, PUBLISHED), (1.0, READY), *((2.0, event) for event in REFUSED))
    assert [found.at_s for found in false_ready(trace)] == [2.0]
    trace = history(*enumerate([PUBLISHED, *REFUSED, READY, *REFUSED]))
    assert [found.at_s for found in false_ready(trace)] == [5]
