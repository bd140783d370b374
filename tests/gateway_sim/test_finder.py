"""How the gateway finds a pod: the replica first, then whatever the miss policy asks for."""

import asyncio
import contextlib
import json
import random
from dataclasses import dataclass, field, replace
from typing import get_args

import pytest

from gateway_sim.decide import Forward
from gateway_sim.endpoints import Ejection
from gateway_sim.events import EndpointEjected, LeaseExpired, RouteMissed
from gateway_sim.finder import Finder, RoutedRequest
from gateway_sim.lag import Fixed
from gateway_sim.leases import ReaderClock
from gateway_sim.legs import Leg
from gateway_sim.miss_policies import AskControlPlane, AskPrimary, Refuse, Wait
from gateway_sim.primary import StrongReadUnavailable
from gateway_sim.problems import Problem
from gateway_sim.replicas import Fresh, Lagging, Partitioned, Replica
from gateway_sim.route_table import History, Route, RouteKey
from tests import clock

KEY = RouteKey("acme", "job-1")
READY = Route("acme", "job-1", 1, "READY", "pod:1")
MOVED = Route("acme", "job-1", 2, "READY", "pod:2")
PENDING = Route("acme", "job-1", 2, "PENDING", "")
TOMBSTONE = Route("acme", "job-1", 1, "TOMBSTONE", "")
NO = Refuse(503, "no", "No", "as scripted")
BLIND = Partitioned(-1.0)


@dataclass
class Answers:
    """A policy that gives its answers one after the other, the last for ever, and keeps each question."""

    answers: list
    follows_strays: bool = True
    asked: list = field(default_factory=list)

    def on_miss(self, miss):
        """Answer."""
        self.asked.append(miss)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@dataclass
class Table:
    """A primary on which a strong read takes a second; None is a table without the route."""

    route: Route | None = None
    unreadable: str = ""
    reads: int = 0

    async def strong_read(self, key):
        """Read."""
        self.reads += 1
        await asyncio.sleep(1.0)
        if self.unreadable:
            raise StrongReadUnavailable(self.unreadable)
        return self.route


def replica(*written, view=None):
    """Return a replica of a table to which these routes were written at 0 s."""
    history = History()
    for route in written:
        history.record(route, 0.0)
    return Replica("gw-0", history, view or Fresh(), random.Random(0))


def request(leg="dispatch", at_least=0):
    """Return a request for the job's pod."""
    return RoutedRequest(KEY, leg, "api/v1/optim_step", at_least)


def found(finder, asked, by, **more):
    """Find a pod, and return it, or the slug of the problem, and the loop's time."""

    async def story():
        try:
            result = await finder.find(asked, by, **more)
        except Problem as problem:
            result = problem.slug
        return result, asyncio.get_running_loop().time()

    return clock.run(story())


def test_a_route_that_is_seen_is_forwarded_to_and_no_policy_is_asked():
    """One eventually consistent read, which costs half a unit."""
    policy, told = Answers([NO]), []
    finder = Finder(policy, told.append)
    assert found(finder, request(), replica(READY)) == (Forward("pod:1", 1), 0.0)
    assert (policy.asked, told) == ([], [])
    assert (finder.capacity.eventual, finder.capacity.strong, finder.capacity.units) == (1, 0, 0.5)


def test_a_wait_is_followed_by_another_look():
    """The replica shows the route after 2 s; the policy is told how long the request has waited."""
    policy, told = Answers([Wait(0.75)]), []
    late, finder = replica(READY, view=Lagging(Fixed(2.0))), Finder(policy, told.append)
    assert found(finder, request(), late) == (Forward("pod:1", 1), 2.25)
    assert [miss.waited_s for miss in policy.asked] == [miss.at_s for miss in policy.asked] == [0.0, 0.75, 1.5]
    assert [type(event) for event in told] == [RouteMissed]
    assert finder.capacity.eventual == 4


SEVERAL = replace(READY, address="in:1", endpoints=("in:1", "in:2"))


def test_a_route_with_several_addresses_is_forwarded_to_each_in_turn():
    """Also one that only a strong read has found."""
    finder, seen = Finder(Answers([NO]), print), replica(SEVERAL)
    assert {found(finder, request(), seen)[0] for _ in range(4)} == {Forward("in:1", 1), Forward("in:2", 1)}
    blind, reads = replica(SEVERAL, view=BLIND), Finder(Answers([AskPrimary(), NO]), print, Table(SEVERAL))
    assert found(reads, request(), blind)[0] in (Forward("in:1", 1), Forward("in:2", 1))


@pytest.mark.parametrize(("refused", "asked"), [(True, 0), (False, 1)])
def test_an_address_that_refused_is_followed_by_the_other_one_without_a_question(refused, asked):
    """One behind which another job's pod answered is a wrong route, and the policy is asked."""
    policy, seen = Answers([NO]), replica(SEVERAL)
    finder = Finder(policy, print)

    async def story():
        stray = await finder.find(request(), seen)
        (finder.failed if refused else finder.answered)(stray, seen)
        with contextlib.suppress(Problem):
            assert await finder.find(request(), seen, stray=stray) != stray

    clock.run(story())
    assert len(policy.asked) == asked


@dataclass
class SparesDraining(Answers):
    """A policy that sends no new run to a draining pod."""

    spares_draining: bool = True


def test_a_draining_pod_gets_the_calls_of_its_runs_and_no_session():
    """The policy is asked for a session, and no miss is reported: the replica shows the route."""
    policy, told, draining = SparesDraining([NO]), [], replica(READY, replace(READY, draining=True))
    finder, session = Finder(policy, told.append), RoutedRequest(KEY, "connect", "api/v1/create_session", 0)
    assert found(finder, session, draining)[0] == "no"
    assert policy.asked[0].begins_run
    assert found(finder, request(), draining)[0] == Forward("pod:1", 1)
    assert told == []


def test_a_policy_that_does_not_read_the_mark_sends_sessions_to_a_draining_pod():
    """As today's gateway does."""
    session = RoutedRequest(KEY, "connect", "api/v1/create_session", 0)
    draining = replica(READY, replace(READY, draining=True))
    assert found(Finder(Answers([NO]), print), session, draining)[0] == Forward("pod:1", 1)


def test_a_strong_read_that_finds_the_next_pod_ends_the_wait_for_a_draining_one():
    """The replica still shows the old pod."""
    draining = replica(READY, replace(READY, draining=True), view=Fresh())
    session = RoutedRequest(KEY, "connect", "api/v1/create_session", 0)
    finder = Finder(SparesDraining([AskPrimary(), NO]), print, Table(MOVED))
    assert found(finder, session, draining)[0] == Forward("pod:2", 2)


LEASED = replace(READY, lease_until_s=1005.0)


def skewed(ahead_s, *written):
    """Return a replica whose clock is wrong; the right one says 1000 s."""
    wrong = replica(*written)
    wrong.clock = ReaderClock(1000.0)
    wrong.clock.shift(ahead_s, 0.0)
    return wrong


def test_a_route_whose_lease_has_ended_by_the_replicas_clock_is_a_miss():
    """The policy sees it as EXPIRED, and the miss says by how much."""
    policy, told = Answers([NO]), []
    assert found(Finder(policy, told.append), request(), skewed(8.0, LEASED))[0] == "no"
    assert (policy.asked[0].seen.state, policy.asked[0].seen.address, policy.asked[0].stray) == ("EXPIRED", "", False)
    assert told[0] == LeaseExpired("gw-0", "acme", "job-1", 1, 3.0)
    found(Finder(policy, told.append), request(), skewed(8.12345, LEASED), connection="caller:1")
    # in milliseconds
    assert told[2] == LeaseExpired("gw-0", "acme", "job-1", 1, 3.123)
    assert (told[3].connection, told[3].path) == ("caller:1", "api/v1/optim_step")
    assert isinstance(told[1], RouteMissed)
    assert found(Finder(policy, told.append), request(), skewed(0.0, LEASED))[0] == Forward("pod:1", 1)


def test_what_was_read_strongly_is_believed_whatever_the_clock_of_the_replica():
    """The table says which pod has the job; each request that follows must read strongly again."""
    finder, ahead = Finder(Answers([AskPrimary(), NO]), print, Table(LEASED)), skewed(8.0, LEASED)
    assert found(finder, request(), ahead)[0] == Forward("pod:1", 1)
    again = Finder(Answers([AskPrimary(), NO]), print, Table(LEASED))
    assert found(again, request(), ahead)[0] == Forward("pod:1", 1)
    assert (finder.capacity.strong, again.capacity.strong) == (1, 1)


def test_an_address_of_an_expired_route_is_no_other_one_to_try():
    """The first attempt failed, and meanwhile the lease has ended."""
    policy, ahead = Answers([NO]), skewed(8.0, replace(SEVERAL, lease_until_s=1005.0))
    finder = Finder(policy, print)
    finder.failed(Forward("in:1", 1), ahead)
    assert found(finder, request(), ahead, stray=Forward("in:1", 1))[0] == "no"


@pytest.mark.parametrize("leg", get_args(Leg))
@pytest.mark.parametrize("route", [READY, PENDING, TOMBSTONE], ids=lambda route: route.state)
def test_the_replica_learns_what_a_strong_read_finds(route, leg):
    """One read heals the requests after it, whatever it found and whichever leg it was read for."""
    blind, policy = replica(route, view=BLIND), Answers([AskPrimary(), NO])
    result, _ = found(Finder(policy, print, Table(route)), request(leg), blind)
    assert result == (Forward("pod:1", 1) if route is READY else "no")
    assert blind.read(KEY, 9.0) == route
    if route is not READY:
        assert (policy.asked[1].seen, policy.asked[1].asked_primary) == (route, True)


def test_a_strong_read_that_finds_nothing_is_an_answer_too():
    """The policy is asked again, and knows that the table was read."""
    policy = Answers([AskPrimary(), NO])
    assert found(Finder(policy, print, Table(None)), request(), replica(view=BLIND))[0] == "no"
    assert (policy.asked[1].seen, policy.asked[1].asked_primary) == (None, True)


def test_requests_that_miss_together_share_strong_reads():
    """Of twenty the first reads alone, since it began before the others asked; they share the next."""
    table = Table(READY)
    finder = Finder(Answers([AskPrimary()]), lambda event: None, table)
    blind = replica(READY, view=BLIND)

    async def story():
        return set(await asyncio.gather(*(finder.find(request(), blind) for _ in range(20))))

    assert clock.run(story()) == {Forward("pod:1", 1)}
    assert table.reads <= 2
    assert finder.capacity.strong == table.reads


@pytest.mark.parametrize(
    ("table", "why"),
    [(Table(unreadable="a partition"), "a partition"), (None, "this gateway has no way to read the route table")],
)
def test_a_strong_read_that_cannot_be_had_is_said_to_the_policy_and_not_tried_for_ever(table, why):
    """A policy that insists is answered with a 503 that says why."""
    insists = Answers([AskPrimary()])
    assert found(Finder(insists, print, table), request(), replica(view=BLIND))[0] == "no-strong-read"
    assert why in insists.asked[1].unreadable
    yields = Answers([AskPrimary(), NO])
    assert found(Finder(yields, print, table), request(), replica(view=BLIND))[0] == "no"


def test_a_pod_that_led_astray_is_not_forwarded_to_again():
    """The policy hears of the stray and its generation; only a newer route helps."""
    policy = Answers([AskPrimary()])
    stale = replica(READY, MOVED, view=BLIND)
    stale.learn(READY, 0.0)
    result, _ = found(Finder(policy, print, Table(MOVED)), request(), stale, stray=Forward("pod:1", 1))
    assert result == Forward("pod:2", 2)
    assert (policy.asked[0].stray, policy.asked[0].at_least, policy.asked[0].seen) == (True, 1, READY)


def test_the_policy_is_told_the_newest_generation_that_is_known_to_be_asked_for():
    """What the caller asked for, or the pod that led astray, whichever is newer."""
    policy = Answers([NO])
    finder = Finder(policy, lambda event: None)
    found(finder, request(at_least=3), replica(READY))
    found(finder, request(at_least=3), replica(READY), stray=Forward("pod:1", 1))
    found(finder, request(), replica(READY), stray=Forward("pod:1", 1))
    assert [miss.at_least for miss in policy.asked] == [3, 3, 1]
    assert policy.asked[0].seen == READY


@pytest.mark.parametrize("at_least", [0, 3])
def test_the_policy_is_told_the_generation_again_after_a_wait(at_least):
    """0 is any generation."""
    policy = Answers([Wait(0.5), NO])
    found(Finder(policy, lambda event: None), request(at_least=at_least), replica())
    assert [miss.at_least for miss in policy.asked] == [at_least, at_least]


def test_the_policy_is_told_whether_a_strong_read_waits_that_it_would_share():
    """Of three misses in one moment the first would begin a read, and the others would share it."""
    policy = Answers([AskPrimary()])
    finder, blind = Finder(policy, lambda event: None, Table(READY)), replica(READY, view=BLIND)

    async def story():
        await asyncio.gather(*(finder.find(request(), blind) for _ in range(3)))

    clock.run(story())
    assert [miss.shares_read for miss in policy.asked] == [False, True, True]


def test_an_address_that_fails_too_often_is_ejected_and_the_ejection_is_told_once():
    """A request that failed there goes to the other address, also when it would be the first one's turn."""
    told, seen = [], replica(SEVERAL)
    finder = Finder(Answers([NO]), told.append, ejection=Ejection(after=2, for_s=30.0))

    async def story():
        stray = await finder.find(request(), seen)
        finder.failed(stray, seen)
        other = await finder.find(request(), seen)
        again = await finder.find(request(), seen, stray=stray)
        finder.answered(stray, seen)
        finder.failed(stray, seen)
        assert told == []
        finder.failed(stray, seen)
        finder.failed(stray, seen)
        return stray, other, again, {await finder.find(request(), seen) for _ in range(4)}

    stray, other, again, later = clock.run(story())
    assert (again, later) == (other, {other})
    assert told == [EndpointEjected("gw-0", stray.address, 30.0)]


@pytest.mark.parametrize("liveness", ["running", "starting", "gone", "unknown"])
def test_the_control_planes_word_reaches_the_policy(liveness):
    """Without a way to ask it, a job's liveness is unknown."""

    class States:
        async def liveness(self, key):
            """Answer."""
            return liveness

    policy = Answers([AskControlPlane(), NO])
    found(Finder(policy, print, job_states=States()), request(), replica())
    assert [miss.liveness for miss in policy.asked] == [None, liveness]
    alone = Answers([AskControlPlane(), NO])
    found(Finder(alone, print), request(), replica())
    assert alone.asked[1].liveness == "unknown"


def test_a_refusal_is_raised_with_all_that_the_policy_said():
    """Status, type, headers and what joins the body."""
    refuse = Refuse(404, "route-gone", "Trainer gone", "it ended", {"x-should-retry": "false"}, {"queue_state": "x"})

    async def story():
        with pytest.raises(Problem) as caught:
            await Finder(Answers([refuse]), print).find(request(), replica())
        return caught.value

    problem = clock.run(story())
    assert (problem.status, problem.slug, problem.headers["x-should-retry"]) == (404, "route-gone", "false")
    body = json.loads(problem.body())
    assert (body["title"], body["detail"], body["queue_state"]) == ("Trainer gone", "it ended", "x")


@pytest.mark.parametrize("follows", [True, False])
def test_a_policy_says_whether_it_follows_strays(follows):
    """One that says nothing does not."""
    assert Finder(Answers([NO], follows_strays=follows), print).follows_strays is follows

    class Silent:
        """A policy that says nothing about strays."""

    assert Finder(Silent(), print).follows_strays is False


def test_a_session_that_waits_for_another_pod_than_the_draining_one_goes_on_waiting():
    """Each question says that it begins a run: the policy would else be sent back to the draining pod."""
    policy = SparesDraining([Wait(0.5), Wait(0.5), NO])
    draining = replica(READY, replace(READY, draining=True))
    session = RoutedRequest(KEY, "connect", "api/v1/create_session", 0)
    assert found(Finder(policy, print), session, draining) == ("no", 1.0)
    assert [(miss.begins_run, miss.waited_s, miss.leg) for miss in policy.asked] == [
        (True, 0.0, "connect"), (True, 0.5, "connect"), (True, 1.0, "connect"),
    ]  # fmt: skip
