"""A job that is preempted or drains moves to another pod: its route first, then its pods."""

import asyncio

import pytest

from gateway_sim.control_plane.jobs.states import JobState, WrongState
from gateway_sim.route_table import Route

RUNNING = JobState.RUNNING


def test_a_preempted_job_gives_its_route_back_before_its_pod_is_fenced(plane):
    """While the route still leads to the old pod, that pod must serve: a fenced one would answer 421."""
    seen = []

    async def story():
        await plane.start()

        async def retire(account, name, incarnation, grace_s):
            seen.append((incarnation, await plane.route(), list(plane.launcher.up)))

        plane.launcher.retire = retire
        await plane.reconciler.requeue("acme", "job-1", grace_s=30.0)
        await asyncio.sleep(10.0)
        seen.append(list(plane.launcher.up))
        await plane.settle()
        return await plane.route()

    assert plane.tell(story) == Route("acme", "job-1", 2, "READY", "pod-job-1-2:8000")
    assert seen == [(1, Route("acme", "job-1", 2, "PENDING", ""), [("job-1", 1)]), [("job-1", 1), ("job-1", 2)]]
    assert plane.launcher.up == []


def test_a_job_whose_pod_drains_runs_until_the_grace_ends_and_is_then_moved(plane):
    """The route is marked at once and stays READY."""
    plane.launcher.start_s = 1.0

    async def story():
        await plane.start()
        await plane.reconciler.drain("acme", "job-1", grace_s=10.0)
        marked, state = await plane.route(), plane.reconciler.get("acme", "job-1").state
        await asyncio.sleep(9.9)
        assert (await plane.route(), plane.launcher.up) == (marked, [("job-1", 1)])
        await plane.settle()
        return marked, state, await plane.route()

    marked, state, after = plane.tell(story)
    assert (marked, state) == (Route("acme", "job-1", 1, "READY", "pod-job-1-1:8000", draining=True), RUNNING)
    assert after == Route("acme", "job-1", 2, "READY", "pod-job-1-2:8000")


@pytest.mark.parametrize("verb", ["delete", "pause", "requeue"])
def test_a_job_that_left_its_pod_while_it_drained_is_not_moved_again(plane, verb):
    """The grace ends for a pod that is gone."""

    async def story():
        await plane.start()
        await plane.reconciler.drain("acme", "job-1", grace_s=10.0)
        await getattr(plane.reconciler, verb)("acme", "job-1")
        await plane.settle()
        await asyncio.sleep(20.0)
        return plane.reconciler.get("acme", "job-1").incarnation

    assert plane.tell(story) == (2 if verb == "requeue" else 1)


def test_only_a_running_job_can_drain(plane):
    """One that is PENDING has no pod."""

    async def story():
        plane.reconciler.create("acme", "job-1")
        with pytest.raises(WrongState, match="is JOB_STATE_PENDING; it cannot requeue"):
            await plane.reconciler.drain("acme", "job-1", grace_s=1.0)

    plane.tell(story)


def test_a_pod_that_is_slow_to_die_is_fenced_late_and_stopped_after_its_grace(plane):
    """The next incarnation starts meanwhile."""
    plane.fence_s = 5.0
    seen = []

    async def story():
        await plane.start()
        await plane.reconciler.requeue("acme", "job-1", grace_s=10.0)
        for wait_s in (4.9, 0.2, 9.8, 0.2):
            await asyncio.sleep(wait_s)
            seen.append((list(plane.launcher.retired), list(plane.launcher.up)))

    plane.tell(story)
    old, new = ("job-1", 1), ("job-1", 2)
    assert seen == [([], [old, new]), ([old], [old, new]), ([old], [old, new]), ([old], [new])]
