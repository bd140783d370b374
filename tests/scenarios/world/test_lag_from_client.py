"""The lag of a replica in a test's world: it waits for the client."""

import asyncio
import math
import random

import pytest

from gateway_sim.client.events import CallAnswered, CallSent, Leg
from gateway_sim.events import RouteMissed, RoutePublished, RouteWithdrawn
from gateway_sim.lag import Fixed, SimpleDbStep
from gateway_sim.replica_views import replica_views
from gateway_sim.replicas import Fresh, Lagging, Replica
from gateway_sim.route_table import History, Route, RouteKey
from gateway_sim.scenarios.sim.events import FaultInjected, PodCrashed, RunStarted, StepAcknowledged, UserThought
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.lag_from_client import (
    ClientContact,
    LaggingFromClient,
    let_lags_wait_from_the_start,
)
from gateway_sim.view_bodies import body_of
from tests import clock

KEY = RouteKey("acme", "job-1")


def published(*at_s: float) -> History:
    """Return a table in which a new generation was published at each of these seconds."""
    history = History()
    for generation, second in enumerate(at_s, start=1):
        history.record(Route(*KEY, generation, "READY", f"pod-{generation}:1"), second)
    return history


def replica(history: History, first: ClientContact, since_s: float = 10.0, lag_s: float = 2.0) -> Replica:
    """Return a replica whose lag waits from `since_s` on."""
    return Replica("gw-1", history, LaggingFromClient(Fixed(lag_s), since_s, first), random.Random(0))


def seen(one: Replica, now_s: float) -> int:
    """Return the generation that it shows; 0 for nothing."""
    route = one.peek(KEY, now_s)
    return route.generation if route else 0


def test_the_lag_is_still_there_when_the_client_comes_late():
    """A route that was published at 9 s with a lag of 2 s is missed at 60 s by a client that comes then."""
    first = ClientContact()
    one = replica(published(9.0), first)
    assert seen(one, 59.0) == 0
    first.met_s = 60.0
    assert [seen(one, second) for second in (60.0, 61.9, 62.0)] == [0, 0, 1]


def test_an_admin_page_shows_the_law_of_a_lag_that_waits() -> None:
    """A replica that lags is not shown as a fresh one."""
    waiting = LaggingFromClient(Fixed(2.0), 10.0, ClientContact())
    assert body_of(waiting) == {"kind": "lagging", "law": "fixed", "lag_s": 2.0}


@pytest.mark.parametrize(
    ("event", "met"),
    [
        (RouteMissed("gw-1", "acme", "job-1", "connect"), True),
        (StepAcknowledged(1), True),
        (FaultInjected("stale-route"), True),
        (RouteWithdrawn("acme", "job-1", 1), True),
        (PodCrashed("acme", "job-1", 1, 10.0), True),
        (RoutePublished("acme", "job-1", 2, "pod:1"), True),
        (RoutePublished("acme", "job-1", 1, "pod:1"), False),
        (CallAnswered("connect", "/api/v1/create_session", 200, None), False),
    ],
)
def test_the_lag_counts_from_the_first_miss(event: object, met: bool) -> None:
    """Or from what leaves none to wait for; the client's request alone does not end the wait."""
    contact = ClientContact()
    contact.note(CallSent("connect", "/api/v1/client/config", None, None), 20.0)
    contact.note(event, 25.0)
    contact.note(event, 26.0)
    assert contact.at_s == (25.0 if met else 80.0)


@pytest.mark.parametrize(("leg", "within_s"), [("control", 30.0), ("connect", 60.0)])
def test_a_replica_that_is_never_asked_does_not_lag_for_ever(leg: Leg, within_s: float) -> None:
    """It lags from some seconds after the first request: a control plane that waits for its replicas goes on."""
    contact = ClientContact()
    contact.note(CallSent(leg, "/", None, None), 20.0)
    one = replica(published(9.0), contact)
    over_s = 20.0 + within_s + 2.0
    assert [seen(one, over_s - 0.1), seen(one, over_s)] == [0, 1]


def test_after_a_move_the_first_request_counts() -> None:
    """A replica that lags shows the route before, so no request misses."""
    contact = ClientContact(moved=True)
    contact.note(CallSent("control", "/", None, None), 20.0)
    assert contact.at_s == 20.0


def test_a_route_that_came_into_sight_stays() -> None:
    """Though the client asks the gateway only then."""
    contact = ClientContact()
    contact.note(CallSent("control", "/", None, None), 20.0)
    one = replica(published(9.0), contact)
    late_s = 53.0
    assert seen(one, late_s) == 1
    contact.note(CallSent("connect", "/", None, None), late_s)
    assert seen(one, late_s + 1.0) == 1


def test_what_was_seen_before_is_not_forgotten():
    """A control plane may have waited for the replicas before the job was RUNNING."""
    assert [seen(replica(published(at_s), ClientContact()), 10.0) for at_s in (7.0, 8.0, 8.1)] == [1, 1, 0]


def test_a_client_that_asks_the_gateway_at_the_last_moment_has_asked_in_time():
    """The lag waits for its miss."""
    contact = ClientContact()
    contact.note(CallSent("control", "/", None, None), 20.0)
    contact.note(CallSent("connect", "/", None, None), 50.0)
    assert contact.at_s == 110.0


@pytest.mark.parametrize(("generation", "at_s"), [(None, 31.0), (1, 31.0), (2, 1.0), (3, 1.0)])
def test_a_world_whose_job_had_a_route_before_has_moved(generation, at_s):
    """Its lag counts from the client's first request; the trace tells the client's events to the lag."""
    trace = Trace()

    async def story():
        late = Replica("gw", published(), Lagging(Fixed(2.0)), random.Random(0))
        if generation is not None:
            trace.emitter("table")(RoutePublished("acme", "job-1", generation, "pod:1"))
        let_lags_wait_from_the_start([late], trace)
        trace.emitter("user")(RunStarted(3))
        await asyncio.sleep(1.0)
        trace.emitter("client")(CallSent("control", "/v1", None, None))
        return late.view.contact.at_s

    assert clock.run(story()) == at_s


def test_a_later_route_lags_from_its_own_publish():
    """As in any other world."""
    first = ClientContact(met_s=60.0)
    one = replica(published(9.0, 70.0), first)
    assert [seen(one, second) for second in (71.9, 72.0)] == [1, 2]


def test_the_timeline_shows_when_the_lag_was_over():
    """It is infinite for a client that never came, and follows the law where reads disagree."""
    history, first = published(9.0), ClientContact()
    one = replica(history, first)
    (change,) = history.of(KEY)
    assert one.view.settles_at_s(change, one.lags) == math.inf
    first.met_s = 60.0
    assert [(p.to_s, p.seen is None) for p in replica_views(one, KEY, 10.0, 80.0)] == [(62.0, True), (80.0, False)]
    wavering = LaggingFromClient(SimpleDbStep(), 9.1, first)
    assert wavering.wavers
    assert wavering.settles_at_s(change, one.lags) == 60.5


def test_the_lags_wait_from_the_beginning_of_the_users_script():
    """Once, with the first event that says so; fresh replicas stay fresh, and a world that has moved waits on."""
    trace, history = Trace(), published(1.0)

    async def story():
        late, fresh = (Replica("gw", history, view, random.Random(0)) for view in (Lagging(Fixed(2.0)), Fresh()))
        emit = trace.emitter("user")
        let_lags_wait_from_the_start([late, fresh], trace)
        emit(UserThought(1.0))
        assert late.view == Lagging(Fixed(2.0))
        await asyncio.sleep(2.0)
        emit(RunStarted(3))
        waiting = late.view
        assert isinstance(waiting, LaggingFromClient)
        assert (waiting.law, waiting.since_s) == (Fixed(2.0), 2.0)
        await asyncio.sleep(1.0)
        emit(RunStarted(3))
        assert late.view is waiting
        assert isinstance(fresh.view, Fresh)
        trace.emitter("client")(CallSent("connect", "/api/v1/create_session", None, None))
        trace.emitter("wire")(FaultInjected("partition"))

    clock.run(story())
