"""Repeated rows keep boosted trees from stopping: they are judged by copies of what they were trained on."""

import numpy as np
import pytest

from gateway_sim.scenarios.orchestration.workloads import cities
from gateway_sim.scenarios.orchestration.workloads.boosting import boosted

pytest.importorskip("sklearn")


def test_rows_that_are_there_twice_lower_the_training_loss_and_not_the_other_one():
    """The trees of single rows stop after some rounds; those of copies go on to the last one."""
    rows, held_out = (cities.rows_of(1, draw, 10, 60, 1.1) for draw in ("training", "validation"))
    twice = cities.Rows(
        *(np.concatenate([one, one]) for one in (rows.cities, rows.numbers, rows.features, rows.targets))
    )
    single, copied = (boosted(some, held_out, 50) for some in (rows, twice))
    assert single.rounds < copied.rounds == 50
    assert copied.loss[0] < 0.5 * single.loss[0]
    assert 0.9 * single.loss[1] < copied.loss[1] < 1.2 * single.loss[1]
    # the loss that the trees' owner sees is near the held-out one only where no row is there twice
    assert copied.loss[1] / copied.loss[0] > 2 * single.loss[1] / single.loss[0]


def test_the_same_rows_give_the_same_trees():
    """Byte for byte of what is reported."""
    rows, held_out = (cities.rows_of(2, draw, 2, 20) for draw in ("training", "validation"))
    assert boosted(rows, held_out, 5) == boosted(rows, held_out, 5)
