"""The interval of a share is Wilson's, and covers a share as often as it says."""

import math

import pytest

from gateway_sim.scenarios.judge.wilson import wilson


@pytest.mark.parametrize(
    ("successes", "runs", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_intervals_are_the_published_ones(successes, runs, low, high):
    """Newcombe 1998, Statistics in Medicine 17, table I, the score method; and the same of the complement."""
    assert wilson(successes, runs) == pytest.approx((low, high), abs=5e-5)
    assert wilson(runs - successes, runs) == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_no_runs_say_nothing_and_no_end_is_beyond_a_share():
    """Rounding takes neither end out of 0 to 1."""
    assert wilson(0, 0) == (0.0, 1.0)
    for runs in range(1, 60):
        assert wilson(0, runs)[0] == pytest.approx(0.0, abs=1e-15)
        assert 0.0 <= wilson(0, runs)[0] < wilson(0, runs)[1] < 1.0
        assert 0.0 < wilson(runs, runs)[0] < wilson(runs, runs)[1] <= 1.0


@pytest.mark.parametrize("z", [1.0, 1.959964, 3.0])
def test_its_ends_are_the_shares_that_are_z_standard_errors_away(z):
    """That is the definition: the score test of either end rejects just this share."""
    for end in wilson(30, 100, z):
        assert abs(0.3 - end) / math.sqrt(end * (1 - end) / 100) == pytest.approx(z)
