"""A served world for days: it keeps the end of its trace, counts everything, and keeps nothing of what is over."""

import re

import pytest

from gateway_sim.client.events import CallAnswered
from gateway_sim.scenarios.apps.serve.metrics import Metrics
from gateway_sim.scenarios.apps.serve.serving import LatestTrace
from gateway_sim.scenarios.engines.live.ack_tracker import AckTracker
from gateway_sim.trainer_pod.events import ModelCreated, OperationAccepted, ResultDelivered, StateLoaded


def test_the_end_is_kept_and_the_rest_is_counted() -> None:
    """A hundred answers, room for ten: the last ones are there, and every one is in the counters."""
    trace = LatestTrace(kept=10)
    emit = trace.emitter("client")
    emit(CallAnswered("poll", "/api/v1/retrieve_future", 200, "req-0"))
    metrics = Metrics(trace)
    for number in range(1, 100):
        emit(CallAnswered("poll", "/api/v1/retrieve_future", 200, f"req-{number}"))
        assert len(trace.entries) <= 15
    assert [entry.event.request_id for entry in trace.entries][-10:] == [f"req-{n}" for n in range(90, 100)]
    assert trace.forgotten + len(trace.entries) == 100
    assert re.match(r"\.\.\. \d+ events before these are not kept\n", trace.text())
    assert 'gateway_sim_calls_total{leg="poll",status="200"} 100.0' in metrics.text().decode()


def accepted(kind: str) -> OperationAccepted:
    """Return the pod's word of a request that it took."""
    return OperationAccepted("acme", "job-1", 1, "model", 2, kind, "req-1")


ANSWERED = CallAnswered("poll", "/api/v1/retrieve_future", 200, "req-1")
DELIVERED = ResultDelivered("acme", "job-1", 1, "req-1")


@pytest.mark.parametrize("order", [(ANSWERED, DELIVERED), (DELIVERED, ANSWERED)], ids=["answer first", "pod first"])
def test_a_step_counts_once_both_the_answer_and_the_pod_report_it(order: tuple[object, object]) -> None:
    """In either order; a result that is asked for again is no second step."""
    steps = AckTracker()
    assert [steps.completes_step(event) for event in (accepted("optim_step"), *order)] == [False, False, True]
    assert [steps.completes_step(event) for event in order] == [False, False]
    assert steps.acknowledged == 1


def test_gradients_are_no_step() -> None:
    """Their result is delivered like any other."""
    steps = AckTracker()
    assert not any(steps.completes_step(event) for event in (accepted("forward_backward"), ANSWERED, DELIVERED))
    assert steps.acknowledged == 0


def test_who_loads_a_checkpoint_has_its_steps_again_and_a_new_model_alone_changes_nothing() -> None:
    """Steps after the checkpoint are done again; those that a new model lacks are still counted, and so found lost."""
    steps = AckTracker()
    a_step = (accepted("optim_step"), DELIVERED, ANSWERED)
    events = [*a_step * 3, ModelCreated("acme", "job-1", 2, "model-2")]
    assert sum(map(steps.completes_step, events)) == steps.acknowledged == 3
    assert not steps.completes_step(StateLoaded("acme", "job-1", 2, "tinker://job-1/weights/two", 2, True))
    assert sum(map(steps.completes_step, a_step)) == 1
    assert steps.acknowledged == 3


def test_nothing_is_kept_of_what_is_over() -> None:
    """Whatever was served, what is remembered is only what is under way."""
    steps = AckTracker()
    for _ in range(3):
        for event in (accepted("optim_step"), DELIVERED, ANSWERED):
            steps.completes_step(event)
    assert steps.acknowledged == 3
    assert not any(value for value in vars(steps).values() if isinstance(value, set))
