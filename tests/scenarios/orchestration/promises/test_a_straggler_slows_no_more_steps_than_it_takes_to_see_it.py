"""A straggler slows no more steps than it takes to see it."""

import pytest

from gateway_sim.scenarios.orchestration.promises.a_straggler_slows_no_more_steps_than_it_takes_to_see_it import (
    a_straggler_slows_no_more_steps_than_it_takes_to_see_it,
)
from gateway_sim.scenarios.orchestration.workloads.events import StepSynchronized, StragglersWatched


@pytest.mark.parametrize(
    ("took_s", "sentences"), [(14.9, []), (15.0, [(30.0, "worker 2 slowed 2 steps; 1 are enough to detect it")])]
)
def test_a_second_slow_step_is_one_too_many(history, broken, took_s, sentences):
    """It is slow from one and a half times what the others took on."""
    trace = history(
        (0.0, StragglersWatched(1.5, 1)),
        (15.0, StepSynchronized(1, 2, 15.0, 10.0)),
        (30.0, StepSynchronized(2, 2, took_s, 10.0)),
    )
    assert broken(a_straggler_slows_no_more_steps_than_it_takes_to_see_it, trace) == sentences


def test_two_stragglers_are_counted_each_for_itself(history, broken):
    """One step of each is what it takes to see them."""
    steps = [(15.0 * n, StepSynchronized(n, n, 15.0, 10.0)) for n in (1, 2)]
    assert (
        broken(
            a_straggler_slows_no_more_steps_than_it_takes_to_see_it, history((0.0, StragglersWatched(1.5, 1)), *steps)
        )
        == []
    )
