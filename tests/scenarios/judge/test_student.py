"""The t interval is the one of the tables, and covers a mean as often as it says."""

import random

import pytest

from gateway_sim.scenarios.judge.student import mean_interval, t_quantile


@pytest.mark.parametrize(
    ("freedom", "t"), [(1, 12.7062), (2, 4.3027), (4, 2.7764), (19, 2.0930), (99, 1.9842), (10_000, 1.9602)]
)
def test_the_quantile_is_that_of_the_tables(freedom: int, t: float):
    """Two-sided, 95 %."""
    assert t_quantile(freedom) == pytest.approx(t, abs=1e-4)


def test_the_interval_of_a_few_values_by_hand():
    """1, 2, 3, 4: mean 2.5, standard error 0.6455, t of three degrees of freedom 3.1824."""
    assert mean_interval([1, 2, 3, 4]) == pytest.approx((2.5, 2.5 - 2.0543, 2.5 + 2.0543), abs=1e-3)
    assert mean_interval([7.0]) == (7.0, 7.0, 7.0)


def test_it_covers_the_mean_in_95_of_100():
    """Of 2,000 samples of five normal values; the standard deviation of that count is 10."""
    rng = random.Random("student")
    drawn = (mean_interval([rng.gauss(3.0, 2.0) for _ in range(5)]) for _ in range(2000))
    assert 1860 < sum(low <= 3.0 <= high for _, low, high in drawn) < 1940
