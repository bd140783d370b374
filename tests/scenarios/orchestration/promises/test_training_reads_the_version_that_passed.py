"""Training reads the version that passed: not the one before, and not the one after."""

from gateway_sim.control_plane.events import GateDecided
from gateway_sim.scenarios.orchestration.promises.training_reads_the_version_that_passed import (
    training_reads_the_version_that_passed,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import TrainingSetRead


def test_the_version_of_the_last_decision_keeps_it(history, broken):
    """Earlier refusals do not matter."""
    trace = history(
        (1.0, GateDecided("feedback", 3, "day-1", False, "")),
        (2.0, GateDecided("feedback", 4, "day-1", True, "")),
        (3.0, TrainingSetRead("feedback", "day-1", 4, (10,))),
    )
    assert broken(training_reads_the_version_that_passed, trace) == []


def test_a_later_version_breaks_it(history, broken):
    """The table was written in between."""
    trace = history(
        (2.0, GateDecided("feedback", 4, "day-1", True, "")),
        (3.0, TrainingSetRead("feedback", "day-1", 5, (10,))),
    )
    assert broken(training_reads_the_version_that_passed, trace) == [
        (3.0, "the gate passed day-1 of feedback at version 4, and version 5 was trained on")
    ]


def test_training_that_no_gate_has_passed_breaks_it(history, broken):
    """It did not ask, or did not heed the refusal."""
    read = (3.0, TrainingSetRead("feedback", "day-1", 4, (10,)))
    for asked in ([], [(2.0, GateDecided("feedback", 4, "day-1", False, ""))]):
        assert broken(training_reads_the_version_that_passed, history(*asked, read)) == [
            (3.0, "version 4 was trained on, and the gate had passed no version of day-1 of feedback")
        ]
