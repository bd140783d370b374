"""Trainer jobs share GPUs: each waits for its seat, keeps it, and gives a borrowed one back."""

import asyncio

import pytest

from gateway_sim.control_plane.events import JobWaits, WorkEvicted
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.seats import OverQuota, Seats
from tests import clock

QUOTAS = (Quota("acme", 1, borrows=1), Quota("globex", 1))


def play(story, gpus=2, quotas=QUOTAS):
    """Play a story with seats for `gpus` jobs, and return what it returns and the events emitted."""
    told = []

    async def played():
        return await story(Seats(gpus, quotas, emit=told.append))

    return clock.run(played()), told


def ignored(account, job):
    """Let a job lose its seat."""


async def seated(seats, *jobs):
    """Say which of these jobs have a seat, after giving what was begun a moment."""
    await asyncio.sleep(1.0)
    return [job for account, _, job in (name.partition("/") for name in jobs) if seats.has(account, job)]


def test_a_job_waits_until_another_leaves_its_seat():
    """The event says why, in words for the job's owner."""

    async def story(seats):
        await seats.take("acme", "a", ignored)
        waiting = asyncio.ensure_future(seats.take("acme", "b", ignored))
        before = await seated(seats, "acme/a", "acme/b")
        seats.leave("acme", "a")
        await waiting
        return before, await seated(seats, "acme/a", "acme/b")

    result, told = play(story, 1, QUOTAS[:1])
    assert result == (["a"], ["b"])
    (waits,) = [event for event in told if isinstance(event, JobWaits)]
    assert (waits.account, waits.job) == ("acme", "b")
    assert "the quota of account acme is 1, and 1 more while" in waits.reason


def test_a_borrowed_seat_is_given_back_to_the_account_that_owns_it():
    """Of acme's two jobs the younger is evicted, once; globex takes its seat at once."""
    evicted = []

    async def story(seats):
        for job in ("a", "b"):
            await seats.take("acme", job, lambda account, job: evicted.append((account, job)))
        await asyncio.wait_for(seats.take("globex", "c", ignored), 1.0)
        return await seated(seats, "acme/a", "acme/b", "globex/c")

    result, told = play(story)
    assert result == ["a", "c"]
    assert evicted == [("acme", "b")]
    assert len([event for event in told if isinstance(event, WorkEvicted)]) == 1


def test_an_evicted_job_takes_its_next_seat_as_it_took_the_first():
    """It waits in the queue until globex has left."""

    async def story(seats):
        for account, job in (("acme", "a"), ("acme", "b"), ("globex", "c")):
            await seats.take(account, job, ignored)
        again = asyncio.ensure_future(seats.take("acme", "b", ignored))
        assert await seated(seats, "acme/b") == []
        seats.leave("globex", "c")
        await again
        return await seated(seats, "acme/a", "acme/b")

    assert play(story)[0] == ["a", "b"]


def test_a_job_that_leaves_while_it_waits_is_passed_over():
    """Its place in the queue is free for the next; a job that has no place leaves without an error."""

    async def story(seats):
        await seats.take("acme", "a", ignored)
        gone, next_one = (asyncio.ensure_future(seats.take("acme", job, ignored)) for job in ("b", "c"))
        await asyncio.sleep(1.0)
        seats.leave("acme", "b")
        seats.leave("acme", "never-there")
        seats.leave("acme", "a")
        await next_one
        found = await seated(seats, "acme/b", "acme/c")
        gone.cancel()
        return found

    assert play(story, 1, QUOTAS[:1])[0] == ["c"]


@pytest.mark.parametrize("account", ["stranger", "empty"])
def test_a_job_that_would_wait_for_ever_is_refused(account):
    """An account without a quota, or with one of nothing; the message names job and account."""

    async def story(seats):
        seats.check("acme", "a")
        with pytest.raises(OverQuota, match=f"job {account}/x wants 1 GPU; the quota of account {account} has none"):
            seats.check(account, "x")

    play(story, quotas=(*QUOTAS, Quota("empty", 0)))
