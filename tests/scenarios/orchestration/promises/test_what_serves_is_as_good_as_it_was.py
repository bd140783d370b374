"""What serves is as good as it was: exactly, day by day."""

from gateway_sim.scenarios.orchestration.promises.what_serves_is_as_good_as_it_was import (
    what_serves_is_as_good_as_it_was,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import DayServed


def test_the_answers_of_the_undisturbed_model_keep_it(history, broken):
    """To the last picture."""
    trace = history((1.0, DayServed("model-1", 1, "sha256:a", 0.95, 0.95, 400, 0)))
    assert broken(what_serves_is_as_good_as_it_was, trace) == []


def test_any_other_answer_breaks_it_also_where_the_accuracy_is_the_same_or_better(history, broken):
    """The judged model had others."""
    days = [(0.92, 16), (0.95, 2)]
    trace = history(
        *((n, DayServed("model-1", n, "sha256:b", quality, 0.95, 400, otherwise))
          for n, (quality, otherwise) in enumerate(days, start=1))
    )  # fmt: skip
    assert broken(what_serves_is_as_good_as_it_was, trace) == [
        (
            n,
            f"on day {n} model-1 classifies {otherwise} of 400 pictures otherwise than undisturbed, "
            f"with an accuracy of {quality:.4f} instead of 0.9500",
        )
        for n, (quality, otherwise) in enumerate(days, start=1)
    ]
