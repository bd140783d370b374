"""One client asks the control plane about its job: shared by all calls, and no more often than the policy allows."""

import asyncio
import random
from itertools import pairwise

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


def watching(jobs):
    """Return a monitor of the job; its events are dropped."""
    return JobMonitor(jobs, "job-1", ExactlyOnce(), random.Random(7), lambda event: None)


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


def test_a_requeue_is_waited_out_through_silence():
    """PENDING, an unanswered probe, PENDING, RUNNING."""

    async def story():
        jobs = Asked("JOB_STATE_PENDING", None, "JOB_STATE_PENDING", "JOB_STATE_RUNNING")
        watch = watching(jobs)
        assert await watch.look(TRAINED) is JobLiveness.QUEUED
        return await watch.until_running(TRAINED)

    assert clock.run(story()) == status()


def test_a_requeue_that_ends_in_a_deletion_ends_the_wait():
    """The client stops waiting for a job that is gone."""

    async def story():
        watch = watching(Asked("JOB_STATE_PENDING", "JOB_STATE_DELETED"))
        await watch.look(TRAINED)
        return await watch.until_running(TRAINED)

    assert clock.run(story()) is None
