"""The lag of a replica in a test's world: it waits for the client."""

import math
import random

from gateway_sim.lag import Fixed, SimpleDbStep
from gateway_sim.replica_views import replica_views
from gateway_sim.replicas import Replica
from gateway_sim.route_table import History, Route, RouteKey
from gateway_sim.scenarios.apps.pytest_plugin.lag_from_first_request import FirstRequest, LaggingFromFirstRequest

KEY = RouteKey("acme", "job-1")


def published(*at_s: float) -> History:
    """Return a table in which a new generation was published at each of these seconds."""
    history = History()
    for generation, second in enumerate(at_s, start=1):
        history.record(Route(*KEY, generation, "READY", f"pod-{generation}:1"), second)
    return history


def replica(history: History, first: FirstRequest, since_s: float = 10.0, lag_s: float = 2.0) -> Replica:
    """Return a replica whose lag waits from `since_s` on."""
    return Replica("gw-1", history, LaggingFromFirstRequest(Fixed(lag_s), since_s, first), random.Random(0))


def seen(one: Replica, now_s: float) -> int:
    """Return the generation that it shows; 0 for nothing."""
    route = one.peek(KEY, now_s)
    return route.generation if route else 0


def test_the_lag_is_still_there_when_the_client_comes_late():
    """A route that was published at 9 s with a lag of 2 s is missed at 60 s by a client that comes then."""
    first = FirstRequest()
    one = replica(published(9.0), first)
    assert seen(one, 59.0) == 0
    first.at_s = 60.0
    assert [seen(one, second) for second in (60.0, 61.9, 62.0)] == [0, 0, 1]


def test_what_was_seen_before_is_not_forgotten():
    """A control plane may have waited for the replicas before the job was RUNNING."""
    assert seen(replica(published(7.0), FirstRequest()), 10.0) == 1


def test_a_later_route_lags_from_its_own_publish():
    """As in any other world."""
    first = FirstRequest(at_s=60.0)
    one = replica(published(9.0, 70.0), first)
    assert [seen(one, second) for second in (71.9, 72.0)] == [1, 2]


def test_the_timeline_shows_when_the_lag_was_over():
    """It is infinite for a client that never came, and follows the law where reads disagree."""
    history, first = published(9.0), FirstRequest()
    one = replica(history, first)
    (change,) = history.of(KEY)
    assert one.view.settles_at_s(change, one.lags) == math.inf
    first.at_s = 60.0
    assert [(p.to_s, p.seen is None) for p in replica_views(one, KEY, 10.0, 80.0)] == [(62.0, True), (80.0, False)]
    wavering = LaggingFromFirstRequest(SimpleDbStep(), 9.1, first)
    assert wavering.wavers
    assert wavering.settles_at_s(change, one.lags) == 60.5
