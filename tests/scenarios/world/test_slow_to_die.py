"""A preempted pod that is slow to die trains on beside its successor; one with a grace time refuses."""

from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.trainer_pod.events import StepApplied


def moved(**settings):
    """Move a job in training while two replicas still route to its old pod; the old pod stays reachable for 20 s."""
    words = {name: str(value) for name, value in settings.items()}
    return run(RunSpec("zombie-pod", "exactly-once", settings=words))


def test_a_pod_with_a_grace_time_is_fenced_at_once():
    """It is reachable, answers 421 and applies nothing: there is one writer."""
    assert moved().verdict == "kept"


def test_a_pod_that_is_slow_to_die_writes_beside_its_successor():
    """Until it is fenced. Then its client goes on where the checkpoint is, and the weights are right all the same."""
    result = moved(fence_s=3.0)
    assert [violation.promise for violation in result.violations][:1] == ["one writer per job incarnation"]
    assert {violation.promise for violation in result.violations} == {"one writer per job incarnation"}
    incarnations = [entry.event.incarnation for entry in result.trace.of(StepApplied)]
    assert incarnations == sorted(incarnations)
    assert result.outcome == "completed"
