"""A quota reaches runs that train through the gateway: one more job waits, and one on a borrowed GPU gives it back."""

import dataclasses

import pytest

from gateway_sim.control_plane.events import JobMoved, JobWaits, WorkEvicted
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.seats import OverQuota, Seats
from gateway_sim.scenarios.judge.promises.the_healthy_run_pays_at_most_the_warm_up import (
    the_healthy_run_pays_at_most_the_warm_up,
)
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.world.account import ACCOUNT, JOB, NEIGHBOUR
from gateway_sim.scenarios.world.builder import World

OWNERS = "owners"


@pytest.fixture
def share(monkeypatch):
    """Share a world's GPUs out between accounts, where its settings know one account only."""

    def shared(gpus, *quotas):
        monkeypatch.setattr(World, "_seats", lambda world: Seats(gpus, quotas, emit=world.trace.emitter("cluster")))

    return shared


def played(story, client="exactly-once", gateway="leased-generation", **settings):
    """Play the healthy race, but as this story tells it: a run that waits for a GPU is without work meanwhile."""
    words = {name: str(value) for name, value in settings.items()}
    planned = race_plan(RunSpec("healthy", client, gateway, settings=words))
    kept = [one for one in planned.race.promises if one is not the_healthy_run_pays_at_most_the_warm_up]
    return run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=story, promises=kept)))


def state(world, job):
    """Return where a job stands, in the control plane's words."""
    return world.reconciler.get(ACCOUNT, job).state.value.removeprefix("JOB_STATE_")


def test_a_job_over_its_accounts_quota_waits_until_another_is_gone():
    """PENDING, with a reason in its status; the run that holds the quota trains on meanwhile."""
    seen = []

    async def story(world):
        await world.start_job()
        run = world.start_training()
        world.reconciler.create(ACCOUNT, NEIGHBOUR)
        await run
        seen.append((state(world, NEIGHBOUR), world.reconciler.get(ACCOUNT, NEIGHBOUR).message))
        await world.delete_job()
        await world.until(JobMoved, job=NEIGHBOUR, state="JOB_STATE_RUNNING")
        seen.append((state(world, NEIGHBOUR), world.reconciler.get(ACCOUNT, NEIGHBOUR).message))

    result = played(story, quota=1)
    assert seen == [("PENDING", "waits for a GPU: the quota of account acme is 1"), ("RUNNING", "")]
    assert [entry.event.job for entry in result.trace.of(JobWaits)] == [NEIGHBOUR]
    assert result.outcome == "completed"


def test_a_run_on_a_borrowed_gpu_loses_its_pod_to_the_owner_and_comes_back(share):
    """In the middle of training; a client that waits for its job ends with the weights of the undisturbed run."""
    share(1, Quota(ACCOUNT, 0, borrows=1), Quota(OWNERS, 1))

    async def story(world):
        await world.start_job()
        run = world.start_training()
        await world.until(StepAcknowledged, step=2)
        world.reconciler.create(OWNERS, "job-9")
        await world.until(JobWaits, job=JOB)
        assert state(world, JOB) == "PENDING"
        await world.reconciler.delete(OWNERS, "job-9")
        await run

    result = played(story, steps=4, save_every=1)
    assert len(list(result.trace.of(WorkEvicted))) == 1
    assert world_states(result) == ["CREATING", "PENDING", "RUNNING", "PENDING", "RUNNING"]
    assert (result.outcome, result.verdict) == ("completed", "kept"), result.violations


def world_states(result):
    """Return the states that the trained job went through."""
    moved = [
        entry.event for entry in result.trace.entries if entry.name == "JobMoved" and entry.event.account == ACCOUNT
    ]
    return [event.state.removeprefix("JOB_STATE_") for event in moved if event.job == JOB]


def test_a_client_that_takes_pending_for_an_end_dies_of_the_quota(share):
    """The published fix re-raises today's 404, though the job waits only for its GPU."""
    share(1, Quota(ACCOUNT, 0, borrows=1), Quota(OWNERS, 1))

    async def story(world):
        await world.start_job()
        run = world.start_training()
        await world.until(StepAcknowledged, step=2)
        world.reconciler.create(OWNERS, "job-9")
        await run

    result = played(story, "warmup-verified", "not-found", steps=4)
    assert result.error is not None
    assert (result.outcome, result.error.status) == ("crashed", 404)


def test_a_quota_of_nothing_is_refused_at_once(share):
    """A job that could only wait for ever is not taken, and nothing of it stays."""
    share(2, Quota(ACCOUNT, 2))
    refused = []

    async def story(world):
        await world.start_job()
        try:
            world.reconciler.create("strangers", "job-1")
        except OverQuota as error:
            refused.append(str(error))
        assert world.reconciler.jobs("strangers") == []
        await world.start_training()

    assert played(story).outcome == "completed"
    assert refused == ["job strangers/job-1 wants 1 GPU; the quota of account strangers has none"]
