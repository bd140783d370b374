"""A replica admits so many requests a second, lets a few wait, and tells the others when to come back."""

import asyncio
from email.utils import parsedate_to_datetime

import pytest

from gateway_sim.admission import Admission, AdmissionRule, Turns
from gateway_sim.events import AdmissionRefused
from gateway_sim.problems import Problem
from tests import clock

NOW_S = 1_700_000_000.5


def asked(rule, times, every_s=0.0):
    """Ask so often, and return the second at which each request was admitted, or its refusal, and the events."""
    events = []

    async def story():
        loop = asyncio.get_running_loop()
        admission = Admission(lambda: NOW_S + loop.time(), events.append)
        undo = admission.narrow(rule)

        async def one(number):
            await asyncio.sleep(number * every_s)
            try:
                await admission.admit("gw-0")
            except Problem as refused:
                return refused
            return round(loop.time(), 6)

        told = await asyncio.gather(*(one(number) for number in range(times)))
        undo()
        await admission.admit("gw-0")
        return told

    return clock.run(story()), events


def test_a_burst_is_admitted_at_once_and_then_so_many_a_second():
    """Two at once; two more wait for their turns, and the fifth has no place."""
    told, events = asked(AdmissionRule(2.0, burst=2, queue=2, queue_s=5.0), 5)
    assert told[:4] == [0.0, 0.0, 0.5, 1.0]
    assert told[4].status == 429
    assert events == [AdmissionRefused("gw-0", 1)]


@pytest.mark.parametrize("burst", range(1, 12))
def test_the_whole_burst_is_admitted_whatever_its_rate(burst):
    """A tenth of a second, summed up in floats, refuses none of it."""
    told, _ = asked(AdmissionRule(10.0, burst=burst), burst + 1)
    assert told[:-1] == [0.0] * burst
    assert told[-1].status == 429


def test_a_steady_pace_within_the_rate_is_never_refused():
    """One each half second at two a second."""
    told, events = asked(AdmissionRule(2.0), 20, every_s=0.5)
    assert told == [n * 0.5 for n in range(20)]
    assert events == []


def test_a_request_that_would_wait_too_long_is_told_when_there_is_room():
    """In whole seconds, rounded up."""
    turns = Turns(AdmissionRule(0.5, queue=10, queue_s=1.0))
    turns.take(0.0)
    assert not turns.has_room(0.0)
    assert turns.told_s(0.0) == 1
    assert turns.has_room(1.0)


@pytest.mark.parametrize("status", [429, 503])
def test_the_refusal_tells_the_seconds_or_the_date(status):
    """A date has whole seconds, so it is never earlier than the seconds would be."""
    seconds, _ = asked(AdmissionRule(1.0, status=status, retry_after_s=7.0), 2)
    assert (seconds[1].status, seconds[1].headers["Retry-After"]) == (status, "7")
    date, _ = asked(AdmissionRule(1.0, status=status, retry_after_s=7.0, as_date=True), 2)
    assert parsedate_to_datetime(date[1].headers["Retry-After"]).timestamp() == 1_700_000_008.0
    # RFC 9110, section 5.6.7
    assert date[1].headers["Retry-After"].endswith(" GMT")


def test_of_two_rules_the_newer_counts_until_it_is_undone():
    """In whichever order they end."""

    async def story():
        admission = Admission(lambda: NOW_S, lambda event: None)
        wide = admission.narrow(AdmissionRule(1000.0, burst=1000))
        narrow = admission.narrow(AdmissionRule(0.1))
        await admission.admit("gw-0")
        await admission.admit("gw-1")
        with pytest.raises(Problem):
            await admission.admit("gw-0")
        wide()
        with pytest.raises(Problem):
            await admission.admit("gw-0")
        narrow()
        await admission.admit("gw-0")

    clock.run(story())


def test_a_rule_without_a_queue_lets_no_request_wait():
    """Neither does a queue in which a request may wait 0 s."""
    assert AdmissionRule(2.0) == AdmissionRule(
        2.0, burst=1, queue=0, queue_s=0.0, status=429, retry_after_s=0.0, as_date=False
    )
    for rule in (AdmissionRule(0.1, queue_s=60.0), AdmissionRule(0.1, queue=5)):
        told, _ = asked(rule, 2)
        assert (told[0], told[1].status) == (0.0, 429)


def test_a_place_in_the_queue_is_free_again_once_its_request_had_its_turn():
    """One each 0.8 s, at one a second: each waits 0.2 s longer than the one before, up to 0.7 s."""
    told, _ = asked(AdmissionRule(1.0, queue=1, queue_s=0.7), 6, every_s=0.8)
    assert [one if isinstance(one, float) else one.status for one in told] == [0.0, 1.0, 2.0, 3.0, 429, 4.0]


def test_a_refused_request_is_told_the_seconds_until_the_queue_has_room():
    """Ten seconds for its turn, of which it may wait one."""
    turns = Turns(AdmissionRule(0.1, queue=1, queue_s=1.0))
    turns.take(0.0)
    assert turns.told_s(0.0) == 9
