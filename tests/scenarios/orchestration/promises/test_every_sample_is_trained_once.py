"""Every sample is trained once: what counts are the steps that the final weights are made of."""

from gateway_sim.scenarios.orchestration.promises.every_sample_is_trained_once import every_sample_is_trained_once
from gateway_sim.scenarios.orchestration.workloads.events import BatchTrained, TrainingPlanned

PLANNED = (0.0, TrainingPlanned(2, 4, 1, (7, 8)))


def test_a_step_that_is_done_again_replaces_the_one_that_was_lost(history, broken):
    """The first try of step 2 went with its node."""
    events = [PLANNED]
    events += [(1.0, BatchTrained(1, 1, (0, 1), 7)), (2.0, BatchTrained(1, 2, (2, 3), 8))]
    events += [(5.0, BatchTrained(2, 2, (2, 3), 8))]
    assert broken(every_sample_is_trained_once, history(*events)) == []


def test_a_loader_that_begins_again_breaks_it(history, broken):
    """Step 2 saw the rows of step 1."""
    events = [PLANNED, (1.0, BatchTrained(1, 1, (0, 1), 7)), (5.0, BatchTrained(2, 2, (0, 1), 8))]
    assert broken(every_sample_is_trained_once, history(*events)) == [
        (5.0, "2 samples were trained once too often and 2 never")
    ]


def test_a_run_that_trains_nothing_breaks_it(history, broken):
    """It skips every sample."""
    assert broken(every_sample_is_trained_once, history(PLANNED)) == [
        (0.0, "0 samples were trained once too often and 4 never")
    ]
