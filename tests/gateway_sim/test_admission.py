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
