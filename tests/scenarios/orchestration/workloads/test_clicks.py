"""Clicks come from the true grades and the order of a ranker: as often as the position model expects."""

from typing import Any

import numpy as np
import pytest

from gateway_sim.scenarios.orchestration.workloads import clicks, ranking


class Ideal:
    """A ranker that knows the grades of some lists, or puts the worst first."""

    def __init__(self, lists: ranking.Lists, sign: int = 1) -> None:
        self._scores = sign * lists.grades[..., None].astype(float)

    def answers(self, rows: Any) -> Any:
        """Return the grades as scores."""
        return self._scores


@pytest.fixture
def lists() -> ranking.Lists:
    """Give four lists an hour."""
    return ranking.lists_of_a_day(3, 1, 4)


def test_the_first_place_is_always_looked_at_and_the_tenth_in_one_of_ten(lists):
    """The best item attracts always, one without relevance in one of ten."""
    best, worst = (clicks.chances(Ideal(lists, sign), lists, 0.1) for sign in (1, -1))
    assert best.shape == (96, clicks.SHOWN)
    assert best[:, 0] == pytest.approx(1.0)
    assert worst[:, 0] == pytest.approx(0.1)
    assert worst[:, 9] == pytest.approx(0.01)


def test_as_many_visits_have_a_click_as_are_expected(lists):
    """To within four standard errors of 50,000 visits, for either order."""
    for ranker in (Ideal(lists), Ideal(lists, -1)):
        expected = clicks.rate(ranker, lists, 0.1)
        seen = clicks.drawn(ranker, lists, 0.1, 50_000, np.random.default_rng(1)) / 50_000
        assert abs(seen - expected) <= 4 * (expected * (1 - expected) / 50_000) ** 0.5
    assert clicks.drawn(Ideal(lists), lists, 0.1, 0, np.random.default_rng(1)) == 0


def test_clicks_without_a_reason_hide_the_order(lists):
    """Where half of what is looked at is clicked whatever it is, the worst order loses less of the clicks."""
    lost = [
        1 - clicks.rate(Ideal(lists, -1), lists, noise) / clicks.rate(Ideal(lists), lists, noise)
        for noise in (0.1, 0.5)
    ]
    assert lost[0] > 2 * lost[1] > 0
