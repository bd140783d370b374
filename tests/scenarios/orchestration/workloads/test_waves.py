"""Waves of runs, counted by hand."""

import pytest

from gateway_sim.scenarios.orchestration.workloads.waves import waves_beside


@pytest.mark.parametrize(
    ("runs", "places", "others", "waves"),
    [(8, 8, 0, 1), (9, 8, 0, 2), (8, 8, 1, 2), (15, 8, 6, 2), (16, 8, 6, 3), (90, 8, 6, 12), (2, 1, 2, 4)],
)
def test_every_other_wave_has_a_place_less(runs, places, others, waves):
    """Of eight places seven, then eight; and none of one."""
    assert waves_beside(runs, places, others) == waves
