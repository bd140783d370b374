"""The t interval is the one of the tables, and covers a mean as often as it says."""

import math
import random
import statistics

import pytest

from gateway_sim.scenarios.judge.student import mean_interval, t_quantile


@pytest.mark.parametrize(
    ("freedom", "t"),
    [
        (1, 12.7062),
        (2, 4.3027),
        (4, 2.7764),
        (19, 2.0930),
        (99, 1.9842),
        (10_000, 1.9602),
        (1_000_000, 1.9600),
        (10**9, 1.9600),
    ],
)
def test_the_quantile_is_that_of_the_tables(freedom: int, t: float):
    """Two-sided, 95 %."""
    assert t_quantile(freedom) == pytest.approx(t, abs=1e-4)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_the_quantile_of_few_degrees_of_freedom_is_that_of_the_closed_form(confidence: float):
    """The distribution of one degree is Cauchy's; that of two has an elementary inverse."""
    assert t_quantile(1, confidence) == pytest.approx(math.tan(math.pi * confidence / 2), rel=2e-8)
    assert t_quantile(2, confidence) == pytest.approx(confidence * math.sqrt(2 / (1 - confidence**2)), rel=2e-8)


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_the_quantile_of_very_many_degrees_is_the_normal_one(confidence: float):
    """They differ by about the inverse of the degrees."""
    normal = statistics.NormalDist().inv_cdf((1 + confidence) / 2)
    assert t_quantile(10**8, confidence) == pytest.approx(normal, rel=1e-6)


def test_an_interval_has_the_confidence_that_is_asked_for():
    """95 % if none is."""
    values = [1.0, 2.0, 4.0]
    mean, low, high = mean_interval(values, 0.5)
    half = math.sqrt(statistics.variance(values) / 3) * 0.5 * math.sqrt(2 / 0.75)
    assert (mean, low, high) == pytest.approx((7 / 3, 7 / 3 - half, 7 / 3 + half))
    assert mean_interval(values) == mean_interval(values, 0.95) != mean_interval(values, 0.9)
    assert t_quantile(7) == t_quantile(7, 0.95)


def test_the_interval_of_a_few_values_by_hand():
    """1, 2, 3, 4: mean 2.5, standard error 0.6455, t of three degrees of freedom 3.1824."""
    assert mean_interval([1, 2, 3, 4]) == pytest.approx((2.5, 2.5 - 2.0543, 2.5 + 2.0543), abs=1e-3)
    assert mean_interval([7.0]) == (7.0, 7.0, 7.0)


def test_it_covers_the_mean_in_95_of_100():
    """Of 2,000 samples of five normal values; the standard deviation of that count is 10."""
    rng = random.Random("student")
    drawn = (mean_interval([rng.gauss(3.0, 2.0) for _ in range(5)]) for _ in range(2000))
    assert 1860 < sum(low <= 3.0 <= high for _, low, high in drawn) < 1940
