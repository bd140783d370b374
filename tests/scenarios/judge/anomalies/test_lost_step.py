"""Steps that are acknowledged before they are applied, on traces written by hand."""

from gateway_sim.scenarios.judge.anomalies.lost_step import lost_step
from gateway_sim.scenarios.sim.events import MemberAcknowledged, StepAcknowledged
from gateway_sim.trainer_pod.events import StepApplied

MODEL = ("acme", "job-1", "m")


def applied(step: int) -> StepApplied:
    """Return a step of the model in its first pod."""
    return StepApplied("acme", "job-1", 1, "m", 2 * step, step, 1, "weights")


def test_a_step_that_is_acknowledged_and_not_applied_is_shown(history):
    """With the last step that was; what is applied by then is not lost."""
    trace = history(*enumerate([applied(1), StepAcknowledged(1, *MODEL), StepAcknowledged(2, *MODEL), applied(2)]))
    (lost,) = lost_step(trace)
    assert (lost.message, lost.at_s) == ("step 2 was acknowledged, and the pod has applied 1", 2)
    assert lost.witness == (trace.entries[0], trace.entries[2])


def test_a_member_of_a_group_is_named(history):
    """Where its model has applied nothing, the report alone is the witness."""
    trace = history((4.0, MemberAcknowledged("client-1", 1, *MODEL)))
    (lost,) = lost_step(trace)
    assert (lost.message, lost.at_s) == ("step 1 was acknowledged to client-1, and the pod has applied 0", 4.0)
    assert lost.witness == tuple(trace.entries)
