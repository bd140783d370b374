"""A preemption costs at most one interval between checkpoints."""

import pytest

from gateway_sim.scenarios.orchestration.promises.a_preemption_costs_at_most_one_interval import (
    a_preemption_costs_at_most_one_interval,
)
from gateway_sim.scenarios.orchestration.workloads.events import RunPreempted, RunResumed, TrainingPlanned


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
    assert found == ([] if kept else [(7.0, f"incarnation 1 lost {7 - resumed_at} steps; it should save every 2")])
