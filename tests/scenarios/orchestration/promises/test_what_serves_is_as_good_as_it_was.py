"""What serves is as good as it was: exactly, day by day."""

from gateway_sim.scenarios.orchestration.promises.what_serves_is_as_good_as_it_was import (
    what_serves_is_as_good_as_it_was,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import DayServed


def test_the_accuracy_of_the_undisturbed_model_keeps_it(history, broken):
    """To the last picture."""
    trace = history((1.0, DayServed("model-1", 1, "sha256:a", 0.95, 0.95)))
    assert broken(what_serves_is_as_good_as_it_was, trace) == []


def test_any_other_accuracy_breaks_it_a_better_one_too(history, broken):
    """The judged model had another one."""
    trace = history(
        (1.0, DayServed("model-1", 1, "sha256:b", 0.92, 0.95)), (2.0, DayServed("model-1", 2, "sha256:b", 0.96, 0.95))
    )
    assert broken(what_serves_is_as_good_as_it_was, trace) == [
        (1.0, "on day 1 model-1 has an accuracy of 0.9200, and undisturbed 0.9500"),
        (2.0, "on day 2 model-1 has an accuracy of 0.9600, and undisturbed 0.9500"),
    ]
