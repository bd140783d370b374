"""The publisher writes one route a generation, and a withdrawal reaches only its own."""

from __future__ import annotations

import pytest

from control_plane.jobs.publisher import Publisher
from control_plane.jobs.states import Job, JobState
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
