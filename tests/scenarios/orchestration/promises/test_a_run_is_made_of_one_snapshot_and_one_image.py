"""A run is made of one snapshot and one image."""

import pytest

from gateway_sim.scenarios.orchestration.promises.a_run_is_made_of_one_snapshot_and_one_image import (
    a_run_is_made_of_one_snapshot_and_one_image,
)
from gateway_sim.scenarios.orchestration.workloads.events import IngredientsUsed


@pytest.mark.parametrize(
    ("snapshot", "image", "sentences"),
    [
        ("s1", "i1", []),
        ("s2", "i1", [(9.0, "attempt 2 trains on snapshot s2, the first trained on s1")]),
        ("s1", "i2", [(9.0, "attempt 2 trains on image i2, the first trained on i1")]),
    ],
)
def test_a_second_life_uses_what_the_first_did(history, broken, snapshot, image, sentences):
    """Both of it."""
    trace = history((0.0, IngredientsUsed(1, "s1", "i1")), (9.0, IngredientsUsed(2, snapshot, image)))
    assert broken(a_run_is_made_of_one_snapshot_and_one_image, trace) == sentences
