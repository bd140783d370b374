"""Moving wins more than it costs."""

import pytest

from gateway_sim.scenarios.orchestration.promises.moving_wins_more_than_it_costs import moving_wins_more_than_it_costs
from gateway_sim.scenarios.orchestration.workloads.events import GpuSecondsLost, GpuSecondsWon


@pytest.mark.parametrize(
    ("lost", "sentences"), [(20.0, []), (21.0, [(5.0, "moving won 30.0 GPU-seconds and cost 31.0")])]
)
def test_two_moves_are_one_bill(history, broken, lost, sentences):
    """What comes out even does no damage."""
    trace = history((5.0, GpuSecondsWon(30.0)), (5.0, GpuSecondsLost("a", 10.0)), (5.0, GpuSecondsLost("b", lost)))
    assert broken(moving_wins_more_than_it_costs, trace) == sentences


def test_without_a_move_it_is_kept(history, broken):
    """There is no cost."""
    assert broken(moving_wins_more_than_it_costs, history((5.0, GpuSecondsWon(0.0)))) == []
