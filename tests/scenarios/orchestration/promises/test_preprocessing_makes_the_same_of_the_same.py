"""Preprocessing makes the same of the same: the golden batch shows it, whatever the image's name."""

from gateway_sim.scenarios.orchestration.promises.preprocessing_makes_the_same_of_the_same import (
    preprocessing_makes_the_same_of_the_same,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import ImageRan

FIRST = (0.0, ImageRan("model-1", "training", "sha256:a", "golden"))


def test_the_same_outcome_keeps_it(history, broken):
    """Even from another image; another job has its own."""
    trace = history(
        FIRST,
        (1.0, ImageRan("model-1", "serving on day 1", "sha256:b", "golden")),
        (2.0, ImageRan("model-2", "training", "sha256:b", "other")),
    )
    assert broken(preprocessing_makes_the_same_of_the_same, trace) == []


def test_another_outcome_breaks_it_though_the_image_has_the_same_name(history, broken):
    """A model sees the output, not the name."""
    trace = history(FIRST, (1.0, ImageRan("model-1", "serving on day 1", "sha256:a", "other")))
    assert broken(preprocessing_makes_the_same_of_the_same, trace) == [
        (1.0, "model-1 preprocesses the golden batch differently in serving on day 1 than in training")
    ]
