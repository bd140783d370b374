"""A replay reads the rows of its run, or is refused."""

from gateway_sim.scenarios.orchestration.promises.a_replay_reads_the_rows_of_its_run import (
    a_replay_reads_the_rows_of_its_run,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import ReplayRefused, RunReplayed


def test_the_same_rows_and_a_refusal_keep_it(history, broken):
    """Whatever the weights were."""
    trace = history((1.0, RunReplayed("run-0", 9, "m", "m", "abd", "abc")), (2.0, ReplayRefused("run-1", 9, "gone")))
    assert broken(a_replay_reads_the_rows_of_its_run, trace) == []


def test_other_rows_break_it(history, broken):
    """Even where they happen to give the same weights."""
    trace = history((1.0, RunReplayed("run-0", 9, "n", "m", "abc", "abc")))
    assert broken(a_replay_reads_the_rows_of_its_run, trace) == [
        (1.0, "on day 9 run-0 was trained again on other rows, without an error")
    ]
