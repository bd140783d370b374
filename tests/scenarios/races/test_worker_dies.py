"""The case of NVIDIA/nvcf issue 1533: the SDK alone loses its run; a client that resumes ends with the same weights."""

import pytest

from gateway_sim.client.events import CallAnswered, SessionResumed
from gateway_sim.control_plane.events import JobMoved, PodNoticedDead
from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.events import PodFroze, WorldBuilt
from gateway_sim.trainer_pod.events import StepApplied

GATEWAYS = ["not-found", "route-not-ready", "leased-generation"]


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_the_sdk_alone_loses_its_run(gateway):
    """Whatever the gateway answers while there is no worker: the results are gone with the old one."""
    result = run(RunSpec("worker-dies", "plain", gateway))
    assert result.verdict == "broken"
    assert result.outcome != "completed"
    assert result.metrics.steps_applied == 2


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_client_that_resumes_ends_with_the_undisturbed_weights(gateway):
    """From the checkpoint after step 2, with the optimizer's state, on the next incarnation."""
    result = run(RunSpec("worker-dies", "exactly-once", gateway))
    (built,) = result.trace.of(WorldBuilt)
    last = [entry.event for entry in result.trace.of(StepApplied)][-1]
    (resumed,) = result.trace.of(SessionResumed)
    assert resumed.event.checkpoint.endswith("step-2")
    assert (last.incarnation, last.step, last.weights) == (2, 4, built.event.undisturbed)
    assert result.verdict == "kept"


def test_what_is_in_flight_hangs_until_the_loss_is_noticed_and_is_then_answered_502():
    """4 s after the loss the job is PENDING; 30 s later it runs again."""
    trace = run(RunSpec("worker-dies", "exactly-once")).trace
    lost, noticed = next(trace.of(PodFroze)), next(trace.of(PodNoticedDead))
    assert noticed.at_s - lost.at_s == pytest.approx(4.0)
    asked = [entry for entry in trace.of(RequestForwarded) if entry.at_s < lost.at_s and entry.event.leg == "poll"][-1]
    answers = [entry for entry in trace.of(CallAnswered) if entry.at_s > lost.at_s and entry.event.leg == "poll"]
    assert asked.at_s < lost.at_s
    assert (answers[0].event.status, answers[0].at_s) == (502, pytest.approx(noticed.at_s, abs=0.05))
    after = [(entry.event.state, entry.at_s - noticed.at_s) for entry in trace.of(JobMoved) if entry.at_s > lost.at_s]
    assert after == [("JOB_STATE_PENDING", pytest.approx(0.0)), ("JOB_STATE_RUNNING", pytest.approx(30.0, abs=0.1))]
