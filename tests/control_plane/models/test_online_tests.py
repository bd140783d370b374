"""The online test keeps its error rate however often it is looked at, and finds what is there."""

import numpy as np
import pytest

from gateway_sim.control_plane.models.online_tests import Arm, OnlineTest


def found(test: OnlineTest, rates: tuple[float, float], *, tests: int, days: int, a_day: int) -> list[int]:
    """Play tests of two arms with these click-throughs, looked at each day; return the day of each finding."""
    chance = np.random.default_rng(7)
    drawn = chance.binomial(a_day, rates, size=(tests, days, 2)).cumsum(1)
    ends = []
    for clicks in drawn.tolist():
        looks = ((Arm(n * a_day, c), Arm(n * a_day, t)) for n, (c, t) in enumerate(clicks, 1))
        day = next((n for n, arms in enumerate(looks, 1) if test.p_value(*arms) <= test.error_rate), None)
        ends += [day] if day else []
    return ends


@pytest.mark.parametrize("error_rate", [0.05, 0.2])
def test_equal_arms_are_found_to_differ_no_more_often_than_the_error_rate_says(error_rate):
    """Over 28 looks together; a z-test at each of them would find four times as many."""
    ends = found(OnlineTest(error_rate), (0.6, 0.6), tests=1000, days=28, a_day=500)
    assert len(ends) <= error_rate * 1000


def test_a_loss_is_found_sooner_the_larger_it_is():
    """Every one of four points, and in fewer days than of two."""
    ends = [found(OnlineTest(), (0.6, 0.6 - lost), tests=100, days=60, a_day=1000) for lost in (0.02, 0.04)]
    assert len(ends[1]) == 100
    assert np.mean(ends[1]) < 8 < np.mean(ends[0])


def test_only_fewer_clicks_are_a_loss():
    """More of them differ as much and are none."""
    fewer, more = Arm(10_000, 5_500), Arm(10_000, 6_000)
    test = OnlineTest()
    assert test.finds_loss(more, fewer)
    assert test.p_value(fewer, more) == test.p_value(more, fewer) < 0.05
    assert not test.finds_loss(fewer, more)


def test_the_interval_leaves_zero_out_where_a_difference_is_found():
    """At the first look that finds one, and at none before it."""
    test = OnlineTest()
    for visits in range(500, 20_000, 500):
        arms = Arm(visits, visits * 60 // 100), Arm(visits, visits * 57 // 100)
        low, high = test.interval(*arms)
        assert low < arms[1].rate - arms[0].rate < high
        assert (high < 0) == (test.p_value(*arms) <= test.error_rate)


@pytest.mark.parametrize("arms", [(Arm(0, 0), Arm(10, 4)), (Arm(10, 4), Arm(0, 0)), (Arm(9, 0), Arm(9, 0))])
def test_arms_that_say_nothing_do_not_differ(arms):
    """No visits, or none with a click."""
    test = OnlineTest()
    assert test.p_value(*arms) == 1.0
    assert not test.finds_loss(*arms)
    assert test.interval(*arms) == (-1.0, 1.0)


def test_an_interval_of_few_visits_ends_where_shares_end():
    """Two shares differ by no more than 1; the difference that was seen is inside."""
    test, none, both = OnlineTest(), Arm(2, 0), Arm(2, 2)
    assert test.interval(both, none) == (-1.0, 1.0)
    assert test.interval(none, both) == (-1.0, 1.0)
    assert (test.error_rate, test.expects) == (0.05, 0.02)


def test_a_look_by_hand():
    """60 % and 57 % of 10,000 visits each, by the formulas of the paper that the module names."""
    control, tested = Arm(10_000, 6_000), Arm(10_000, 5_700)
    variance = 0.585 * 0.415 * 2 / 10_000
    wide = variance + 0.0004
    odds = np.sqrt(variance / wide) * np.exp(0.0004 * 0.03**2 / (2 * variance * wide))
    assert OnlineTest().p_value(control, tested) == pytest.approx(1 / odds)
    half = np.sqrt(2 * variance * wide / 0.0004 * np.log(np.sqrt(wide / variance) / 0.05))
    assert OnlineTest().interval(control, tested) == pytest.approx((-0.03 - half, -0.03 + half))
