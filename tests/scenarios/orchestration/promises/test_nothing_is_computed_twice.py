"""Nothing is computed twice."""

import pytest

from gateway_sim.control_plane.events import WorkEvicted
from gateway_sim.scenarios.orchestration.promises.nothing_is_computed_twice import nothing_is_computed_twice


@pytest.mark.parametrize(
    ("lost", "sentences"), [(0.0, []), (3600.0, [(9.0, "x of c must compute 1.00 GPU-hours again")])]
)
def test_preempted_work_loses_nothing(history, broken, lost, sentences):
    """If it has a checkpoint."""
    assert broken(nothing_is_computed_twice, history((9.0, WorkEvicted("c", "x", "y", lost)))) == sentences
