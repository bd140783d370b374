"""Every run ends as if undisturbed."""

import pytest

from gateway_sim.scenarios.orchestration.promises.every_run_ends_as_if_undisturbed import (
    every_run_ends_as_if_undisturbed,
)
from gateway_sim.scenarios.sim.events import RunFailed, RunFinished, RunStarted, WorldBuilt
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.events import StepApplied


def trace_of(*ends: tuple[str, str, object]) -> Trace:
    """Return a trace of runs, each (job, the weights it came to, its last event)."""
    trace = Trace()
    trace.emitter("world")(WorldBuilt("-", "-", "-", "-", "-", "virtual", 1, "right"))
    for job, weights, end in ends:
        trace.emitter(job)(RunStarted(1))
        trace.emitter("pod")(StepApplied("acme", job, 1, "m", 1, 1, 1, weights))
        if end is not None:
            trace.emitter(job)(end)
    return trace


DIED = RunFailed("NotFoundError", 404, "dispatch", "gone")


@pytest.mark.parametrize(
    ("weights", "end", "sentences"),
    [
        ("right", RunFinished(1), []),
        ("wrong", RunFinished(1), ["b ended with weights wrong, the undisturbed run's are right"]),
        ("right", DIED, ["the run of b died of NotFoundError: gone"]),
        ("right", None, ["the run of b did not end"]),
    ],
)
def test_one_of_two_runs(broken, weights, end, sentences):
    """The other one is as it should be, and hides nothing."""
    trace = trace_of(("a", "right", RunFinished(1)), ("b", weights, end))
    assert [message for _, message in broken(every_run_ends_as_if_undisturbed, trace)] == sentences


def test_a_step_after_the_end_of_a_run_does_not_count(broken):
    """Not even one of the same moment: its user has the weights from before it."""
    trace = trace_of(("b", "wrong", RunFinished(1)))
    trace.emitter("pod")(StepApplied("acme", "b", 1, "m", 2, 2, 1, "right"))
    assert broken(every_run_ends_as_if_undisturbed, trace) == [
        (0.0, "b ended with weights wrong, the undisturbed run's are right")
    ]
