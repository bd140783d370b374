"""Every run can be replayed: a refused replay breaks it, and so do other weights."""

from gateway_sim.scenarios.orchestration.promises.every_run_can_be_replayed import every_run_can_be_replayed
from gateway_sim.scenarios.orchestration.workloads.model_events import ReplayRefused, RunReplayed


def test_the_same_weights_keep_it(history, broken):
    """Wherever the rows came from."""
    assert broken(every_run_can_be_replayed, history((1.0, RunReplayed("run-0", 9, "m", "n", "abc", "abc")))) == []


def test_other_weights_and_none_break_it(history, broken):
    """Each with its day."""
    trace = history(
        (1.0, RunReplayed("run-0", 9, "m", "m", "abd", "abc")), (2.0, ReplayRefused("run-1", 9, "files are gone"))
    )
    assert broken(every_run_can_be_replayed, trace) == [
        (1.0, "on day 9 run-0 ended with other weights than it had"),
        (2.0, "on day 9 run-1 could not be trained again: files are gone"),
    ]
