"""One client asks the control plane about its job: shared by all calls, and no more often than the policy allows."""

import asyncio
import random
from itertools import pairwise

import pytest

from gateway_sim.client.events import ControlPlaneProbed, JobReported
from gateway_sim.client.exactly_once.job_monitor import JobMonitor
from gateway_sim.client.exactly_once.liveness import JobIdentity, JobLiveness
from gateway_sim.client.job_manager import JobStatus
from gateway_sim.client.retry_policies.exactly_once import ExactlyOnce
from tests import clock

TRAINED = JobIdentity("acme/job-1#1", 2)


def status(state="JOB_STATE_RUNNING", incarnation=2, uid="acme/job-1#1"):
    """Return what the control plane says."""
    return JobStatus("acme", "job-1", state, "", incarnation, uid)


class Asked:
    """A control plane that says what it is told to, and counts."""

    def __init__(self, *states):
        self.states = list(states)
        self.asked_s = []

    async def probe(self, job):
        """Answer."""
        self.asked_s.append(asyncio.get_running_loop().time())
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state is None:
            raise ConnectionError("no answer")
        return status(state)


def watching(jobs, events=None):
    """Return a monitor of the job; its events go to a list."""
    heard = [] if events is None else events
    return JobMonitor(jobs, "job-1", ExactlyOnce(), random.Random(7), heard.append)


def test_fifty_calls_that_are_refused_together_ask_once():
    """One answer serves all, and the next is a second away."""

    async def story():
        jobs = Asked("JOB_STATE_RUNNING")
        watch = watching(jobs)
        found = await asyncio.gather(*(watch.look(TRAINED) for _ in range(50)))
        assert set(found) == {JobLiveness.ALIVE}
        for _ in range(40):
            await watch.look(TRAINED)
            await asyncio.sleep(0.1)
        return jobs.asked_s

    asked_s = clock.run(story())
    assert len(asked_s) in (4, 5)
    assert min(b - a for a, b in pairwise(asked_s)) >= 1.0
    assert 0.0 < asked_s[0] <= 0.3


def test_a_fresh_answer_is_waited_for_unless_the_last_one_is_final():
    """A second after the question before it; a deleted job stays deleted, so nothing is asked about it again."""

    async def story():
        jobs = Asked("JOB_STATE_RUNNING", "JOB_STATE_DELETED")
        watch = watching(jobs)
        assert await watch.look(TRAINED) is JobLiveness.ALIVE
        await asyncio.sleep(0.2)
        assert await watch.look(TRAINED) is JobLiveness.ALIVE
        assert await watch.look(TRAINED, fresh=True) is JobLiveness.GONE
        asked_s = list(jobs.asked_s)
        assert await watch.look(TRAINED, fresh=True) is JobLiveness.GONE
        assert jobs.asked_s == asked_s
        return asked_s

    first_s, second_s = clock.run(story())
    assert 1.0 <= second_s - first_s <= 1.3


@pytest.mark.parametrize(
    ("state", "lost"),
    [("JOB_STATE_RUNNING", False), (None, False), ("JOB_STATE_PENDING", True), ("JOB_STATE_DELETED", True)],
)
def test_an_incarnation_is_lost_when_its_job_is_gone_or_queued(state, lost):
    """Silence proves nothing."""
    assert clock.run(watching(Asked(state)).lost(TRAINED)) is lost
    assert clock.run(watching(Asked("JOB_STATE_RUNNING")).lost(JobIdentity(TRAINED.uid, 1)))


def test_a_requeue_is_waited_out_through_silence():
    """PENDING, an unanswered probe, PENDING, RUNNING; the trace has each answer, and each state that is another."""
    jobs, events = Asked("JOB_STATE_PENDING", None, "JOB_STATE_PENDING", "JOB_STATE_PENDING", "JOB_STATE_RUNNING"), []

    async def story():
        watch = watching(jobs, events)
        assert await watch.look(TRAINED) is JobLiveness.QUEUED
        return await watch.until_running(TRAINED)

    assert clock.run(story()) == status()
    assert all(1.0 <= b - a <= 2.0 for a, b in pairwise(jobs.asked_s))
    queued = ControlPlaneProbed("JOB_STATE_PENDING", None)
    assert events == [
        queued, ControlPlaneProbed(None, "no answer"), queued, queued, ControlPlaneProbed("JOB_STATE_RUNNING", None),
        JobReported("JOB_STATE_RUNNING"),
    ]  # fmt: skip


def test_a_requeue_that_ends_in_a_deletion_ends_the_wait():
    """The client stops waiting for a job that is gone."""

    async def story():
        watch = watching(Asked("JOB_STATE_PENDING", "JOB_STATE_DELETED"))
        await watch.look(TRAINED)
        return await watch.until_running(TRAINED)

    assert clock.run(story()) is None
