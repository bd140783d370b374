"""The publisher writes one route a generation, and a withdrawal reaches only its own."""

import asyncio

import pytest

from gateway_sim.control_plane.jobs.publisher import Publisher
from gateway_sim.control_plane.jobs.states import Job, JobState
from gateway_sim.events import PublishWasRefused
from gateway_sim.route_table import PublishRefused, Route


def job(incarnation):
    """Return a job in this incarnation."""
    return Job("acme", "job-1", JobState.PENDING, incarnation)


def test_a_route_has_its_jobs_incarnation_for_a_generation(plane):
    """The gateway stamps requests with it, and the pod compares."""

    async def story():
        await Publisher(plane.table).publish(job(3), "pod:8000")
        return await plane.route()

    assert plane.tell(story) == Route("acme", "job-1", 3, "READY", "pod:8000")


def test_a_pod_behind_an_ingress_is_published_at_its_addresses(plane):
    """The first of them is the address for a reader that knows one."""

    async def story():
        async def before(pod):
            return [f"in-1-of-{pod}", f"in-2-of-{pod}"]

        await Publisher(plane.table, before).publish(job(3), "pod:8000")
        return await plane.route()

    both = ("in-1-of-pod:8000", "in-2-of-pod:8000")
    assert plane.tell(story) == Route("acme", "job-1", 3, "READY", both[0], endpoints=both)


def test_an_older_incarnation_neither_publishes_over_a_newer_one_nor_withdraws_it(plane):
    """A zombie's writes change nothing, and the first of them says so."""

    async def story():
        publisher = Publisher(plane.table)
        await publisher.publish(job(2), "new:8000")
        with pytest.raises(PublishRefused, match="stands at generation 2; 1 was not published"):
            await publisher.publish(job(1), "old:8000")
        assert not await publisher.withdraw(job(1))
        return await plane.route()

    assert plane.tell(story) == Route("acme", "job-1", 2, "READY", "new:8000")
    assert plane.heard(PublishWasRefused) == [PublishWasRefused("acme", "job-1", 1, 2)]


def test_withdrawing_twice_is_withdrawing_once(plane):
    """The second tombstone of a generation lands on the first."""

    async def story():
        publisher = Publisher(plane.table)
        await publisher.publish(job(1), "pod:8000")
        assert await publisher.withdraw(job(1))
        assert await publisher.withdraw(job(1))
        return await plane.route()

    assert plane.tell(story) == Route("acme", "job-1", 1, "TOMBSTONE", "")


def test_a_publish_that_is_cancelled_ends_when_its_write_has_landed(plane):
    """A write under way cannot be called back: the caller may withdraw at once, and nothing is written after it."""
    slow_s = iter([0.0, 3.0])

    async def as_in_a_thread(call):
        """Make the table at once; write after 3 s, also where the caller has left."""

        async def late():
            await asyncio.sleep(next(slow_s, 0.0))
            return call()

        return await asyncio.shield(asyncio.ensure_future(late()))

    plane.blocking = as_in_a_thread

    async def story():
        publishing = asyncio.ensure_future(Publisher(plane.table).publish(job(1), "pod:8000"))
        await asyncio.sleep(1.0)
        publishing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await publishing
        return await plane.route(), asyncio.get_running_loop().time()

    route, at_s = plane.tell(story)
    assert route == Route("acme", "job-1", 1, "READY", "pod:8000")
    assert at_s == pytest.approx(3.0)


def test_a_publish_that_is_cancelled_while_it_is_refused_was_cancelled(plane):
    """Its caller has no use for the refusal, and withdraws."""

    async def story():
        publisher = Publisher(plane.table)
        await publisher.publish(job(2), "new:8000")
        publishing = asyncio.ensure_future(publisher.publish(job(1), "old:8000"))
        await asyncio.sleep(0)
        publishing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await publishing

    plane.tell(story)
    assert plane.heard(PublishWasRefused) == [PublishWasRefused("acme", "job-1", 1, 2)]
