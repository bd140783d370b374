"""A preemption costs at most one interval between checkpoints."""

import pytest

from gateway_sim.scenarios.orchestration.promises.a_preemption_costs_at_most_one_interval import (
    a_preemption_costs_at_most_one_interval,
)
from gateway_sim.scenarios.orchestration.workloads.events import (
    BatchTrained,
    RunPreempted,
    RunResumed,
    SaveBegan,
    TrainingPlanned,
)


@pytest.mark.parametrize(("resumed_at", "kept"), [(7, True), (5, True), (4, False), (0, False)])
def test_two_steps_may_be_lost_and_three_may_not(history, broken, resumed_at, kept):
    """Preempted after step 7, with a save due every 2."""
    trace = history(
        (0.0, TrainingPlanned(9, 9, 2, ())),
        (0.0, RunResumed(1, 0)),
        (7.0, RunPreempted(1, 7)),
        (8.0, RunResumed(2, resumed_at)),
    )
    found = broken(a_preemption_costs_at_most_one_interval, trace)
    assert found == ([] if kept else [(7.0, f"incarnation 1 lost {7 - resumed_at} steps; one interval is 2")])


@pytest.mark.parametrize(("beside_s", "found"), [(30.0, []), (0.0, [3]), (9.0, [3])])
def test_steps_trained_beside_a_save_in_its_time_do_not_count(history, broken, beside_s, found):
    """A save began after step 2 and takes 30 s; steps 3 and 4 were trained at 12 and 22 s, and the node was lost.

    Where training should have waited, or where a save should have taken less time, the steps count.
    """
    trace = history(
        (0.0, TrainingPlanned(9, 9, 2, (), beside_s)),
        (0.0, RunResumed(1, 1)),
        (1.0, BatchTrained(1, 2, (), 0)),
        (2.0, SaveBegan(2)),
        (12.0, BatchTrained(1, 3, (), 0)),
        (22.0, BatchTrained(1, 4, (), 0)),
        (25.0, RunPreempted(1, 4)),
        (30.0, RunResumed(2, 1)),
    )
    assert [lost for _, lost in broken(a_preemption_costs_at_most_one_interval, trace)] == [
        f"incarnation 1 lost {lost} steps; one interval is 2" for lost in found
    ]


def test_a_second_preemption_before_the_run_resumed_hides_no_loss_of_the_first(history, broken):
    """The run had done 7 steps when it lost its first node."""
    trace = history(
        (0.0, TrainingPlanned(9, 9, 2, ())), (0.0, RunResumed(1, 0)), (7.0, RunPreempted(1, 7)),
        (8.0, RunPreempted(2, 0)), (9.0, RunResumed(2, 0)),
    )  # fmt: skip
    assert broken(a_preemption_costs_at_most_one_interval, trace) == [
        (7.0, "incarnation 1 lost 7 steps; one interval is 2")
    ]
