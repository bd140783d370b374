"""A pod that drains serves the run that it has, and takes no new one; the same in both engines."""

import dataclasses

import pytest

from gateway_sim.control_plane.events import JobMoved
from gateway_sim.events import RequestForwarded, RequestRefused, RouteDraining
from gateway_sim.legs import BEGINS_A_RUN
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from tests.scenarios.engines.live.test_live import live_run
from tests.scenarios.faults.two_engines import SEEDS

LONGER = ("--set", "grace_s=4", "--set", "think_s=1", "--set", "steps=6")
"""Settings with which the order of events does not depend on the speed of a machine."""


def played(gateway):
    """Play the race with today's client."""
    return run_plan(race_plan(RunSpec("draining-pod", "plain", gateway)))


def sessions(result):
    """Return the generations of the pods to which the two runs' sessions were sent."""
    return [e.event.generation for e in result.trace.of(RequestForwarded) if e.event.path == BEGINS_A_RUN]


def test_a_gateway_that_reads_the_mark_sends_the_new_run_to_the_next_pod():
    """Until then it answers 503; the earlier run's calls go through until the grace ends."""
    result = played("leased-generation")
    assert (result.outcome, result.verdict, sessions(result)) == ("completed", "kept", [1, 2])
    refused = {(e.event.leg, e.event.status, e.event.slug) for e in result.trace.of(RequestRefused)}
    assert refused == {("connect", 503, "route-not-ready")}
    (marked,) = result.trace.of(RouteDraining)
    moved = next(e for e in result.trace.of(JobMoved) if e.event.incarnation == 2)
    assert moved.at_s - marked.at_s == pytest.approx(1.8)
    between = [e for e in result.trace.of(RequestForwarded) if marked.at_s < e.at_s < moved.at_s]
    assert {e.event.leg for e in between} >= {"dispatch", "poll"}


def test_todays_gateway_sends_the_new_run_to_the_pod_that_is_stopped():
    """The run dies with its pod, although the move was announced."""
    result = played("not-found")
    assert sessions(result) == [1, 1]
    assert result.verdict == "broken"


def test_a_job_that_is_deleted_while_it_drains_is_not_moved():
    """Its pod is stopped with the job, and no other one starts."""
    planned = race_plan(RunSpec("healthy", "plain", "not-found"))

    async def play(world):
        await world.start_job()
        await world.drain_job(grace_s=5.0)
        await world.delete_job()
        await world.start_training()

    result = run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=play)))
    assert {e.event.incarnation for e in result.trace.of(JobMoved)} == {0, 1}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, *SEEDS])
@pytest.mark.parametrize("gateway", ["leased-generation", "not-found"])
def test_both_engines_show_the_same(gateway, seed):
    """Outcome, verdict, the status that ended the run, and the broken promises.

    Which call a stopped pod interrupts, a dispatch or a poll, depends on the machine in the live engine.
    """
    live, virtual = (
        live_run("draining-pod", "--gateway", gateway, "--seed", str(seed), *LONGER, engine=engine)
        for engine in ("live", "virtual")
    )
    assert seen(live) == seen(virtual)


def seen(document):
    """Return what the client saw, and the promises that were broken."""
    error = document["error"] and document["error"]["status"]
    promises = sorted({violation["promise"] for violation in document["violations"]})
    return document["outcome"], document["verdict"], error, promises
