"""A pod that is lost is noticed after the delay, unless it is back by then, and its job goes on or fails."""

import asyncio

import pytest

from gateway_sim.control_plane.events import PodNoticedDead
from gateway_sim.control_plane.jobs.pod_watch import PodWatch
from gateway_sim.control_plane.jobs.states import JobState
from gateway_sim.route_table import Route


@pytest.fixture
def watched(plane):
    """Give a function that starts a job and returns the watch of its pods; a pod is noticed after 10 s."""

    async def start(restart="always"):
        await plane.start()
        return PodWatch(plane.reconciler, notice_s=10.0, restart=restart, emit=plane.events.append)

    return start


def state(plane):
    """Return the job's state and incarnation."""
    job = plane.reconciler.get("acme", "job-1")
    return job.state.name, job.incarnation


def test_a_dead_pods_job_waits_for_a_pod_of_the_next_incarnation(plane, watched):
    """RUNNING until the delay is over, then PENDING at once, and RUNNING again under the next number."""

    async def story():
        watch = await watched()
        watch.lost("acme", "job-1", 1, "crashed")
        seen = []
        for wait_s in (9.9, 0.2, 3600.0):
            await asyncio.sleep(wait_s)
            seen.append(state(plane))
        return seen, await plane.route()

    seen, route = plane.tell(story)
    assert seen == [("RUNNING", 1), ("PENDING", 2), ("RUNNING", 2)]
    assert route == Route("acme", "job-1", 2, "READY", "pod-job-1-2:8000")
    assert plane.heard(PodNoticedDead) == [PodNoticedDead("acme", "job-1", 1, "crashed", "always")]


def test_where_nothing_is_restarted_the_job_fails_with_what_happened(plane, watched):
    """Its route is a tombstone; its owner may resume it."""

    async def story():
        watch = await watched("never")
        watch.lost("acme", "job-1", 1, "froze")
        await plane.settle()
        job, route = plane.reconciler.get("acme", "job-1"), await plane.route()
        assert plane.launcher.up == []
        plane.reconciler.resume("acme", "job-1")
        await plane.settle()
        return job, route, state(plane)

    job, route, resumed = plane.tell(story)
    assert (job.state, job.message) == (JobState.FAILED, "the pod of incarnation 1 froze, and restart is never")
    assert route == Route("acme", "job-1", 1, "TOMBSTONE", "")
    assert resumed == ("RUNNING", 2)


def test_a_pod_that_is_back_in_time_was_never_lost(plane, watched):
    """A later loss has the whole delay again."""

    async def story():
        watch = await watched()
        watch.lost("acme", "job-1", 1, "froze")
        await asyncio.sleep(9.0)
        watch.back("acme", "job-1", 1)
        watch.lost("acme", "job-1", 1, "crashed")
        await asyncio.sleep(9.0)
        before = state(plane)
        await asyncio.sleep(1.1)
        return before, state(plane)

    assert plane.tell(story) == (("RUNNING", 1), ("PENDING", 2))


def test_a_frozen_pod_that_crashes_is_noticed_as_early_as_if_it_had_not(plane, watched):
    """The delay counts from the first probe that fails."""

    async def story():
        watch = await watched()
        watch.lost("acme", "job-1", 1, "froze")
        await asyncio.sleep(9.0)
        watch.lost("acme", "job-1", 1, "crashed")
        await asyncio.sleep(1.1)
        return state(plane)

    assert plane.tell(story) == ("PENDING", 2)


@pytest.mark.parametrize("verb", ["delete", "pause", "requeue"])
def test_a_job_that_has_moved_on_is_left_alone(plane, watched, verb):
    """The loss of an older incarnation, or of a job that does not run, asks for nothing."""

    async def story():
        watch = await watched()
        watch.lost("acme", "job-1", 1, "crashed")
        await getattr(plane.reconciler, verb)("acme", "job-1")
        await plane.settle()
        return state(plane)

    assert plane.tell(story) == {
        "delete": ("DELETED", 1), "pause": ("PAUSED", 1), "requeue": ("RUNNING", 2),
    }[verb]  # fmt: skip
    assert plane.heard(PodNoticedDead) == []


def test_a_pod_that_is_lost_before_its_job_runs_is_noticed_once_the_job_does(plane, watched):
    """The start under way would set RUNNING over whatever was noticed before."""

    async def story():
        watch = await watched()
        plane.launcher.start_s = 60.0
        await plane.reconciler.requeue("acme", "job-1")
        watch.lost("acme", "job-1", 2, "crashed")
        await asyncio.sleep(59.0)
        # by these names the report of a loop that can never go on says what it waits for
        assert "replace a dead pod" in {task.get_name() for task in asyncio.all_tasks()}
        before = state(plane)
        await asyncio.sleep(2.0)
        return before, state(plane)

    assert plane.tell(story) == (("PENDING", 2), ("PENDING", 3))


def test_a_closed_watch_notices_nothing(plane, watched):
    """No task of it stays behind."""

    async def story():
        watch = await watched()
        watch.lost("acme", "job-1", 1, "crashed")
        await watch.close()
        await plane.settle()
        return state(plane), [task for task in asyncio.all_tasks() if task.get_name().startswith("notice ")]

    assert plane.tell(story) == (("RUNNING", 1), [])
