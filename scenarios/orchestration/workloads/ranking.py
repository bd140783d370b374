"""Lists to be ranked, hour by hour, and the quality of a ranker; evening preferences are different and noisier.

The effects are chosen so that training without the evening costs about 7.7 % of NDCG@10
(docs/reference/stories.md §3 g). That it costs quality at all, and that the offline quality does not show it, follows
from any such difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from gateway_sim.trainer_pod.tabular import TabularModel

HOURS = 24
EVENING = 18
"""The first hour of the evening."""

ITEMS = 20
FEATURES = 8
TURNED = 1.17
"""The angle between the preferences of day and evening, in radians."""

UNSTEADY = (0.3, 0.8)
"""The noise of a preference, by day and in the evening."""

SCALE = 1000
"""Features are whole thousandths, which are equal on every machine."""

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Lists:
    """Lists by `numbers` and `hours` (lists): `features` (lists, items, features) in thousandths; `grades` of items."""

    numbers: Array
    hours: Array
    features: Array
    grades: Array

    def where(self, chosen: Array) -> Lists:
        """Return the lists that a mask (lists) selects."""
        return Lists(self.numbers[chosen], self.hours[chosen], self.features[chosen], self.grades[chosen])

    @property
    def held_out(self) -> Array:
        """A mask (lists) of every fourth list, which is held out from training."""
        mask: Array = self.numbers % 4 == 0
        return mask


@lru_cache(maxsize=64)
def preferences(seed: int) -> tuple[Array, Array]:
    """Return the preferences of day and evening: two unit vectors (features), `TURNED` apart."""
    chance = np.random.default_rng(seed)
    day, other = chance.standard_normal(FEATURES), chance.standard_normal(FEATURES)
    day /= np.linalg.norm(day)
    other -= (other @ day) * day
    evening = math.cos(TURNED) * day + math.sin(TURNED) * other / np.linalg.norm(other)
    return day, evening


@lru_cache(maxsize=64)
def lists_of_a_day(seed: int, day: int, an_hour: int) -> Lists:
    """Return `an_hour` lists for each hour of this day, with grades from 0 to 4 by the users' preferences."""
    chance = np.random.default_rng([seed, day])
    hours = np.repeat(np.arange(HOURS), an_hour)
    features = np.rint(chance.standard_normal((len(hours), ITEMS, FEATURES)) * SCALE).astype(np.int16)
    evening = (hours >= EVENING)[:, None]
    want = np.where(evening, preferences(seed)[1], preferences(seed)[0])
    noise = np.where(evening, UNSTEADY[1], UNSTEADY[0]) * chance.standard_normal((len(hours), ITEMS))
    places = (np.einsum("lif,lf->li", features / SCALE, want) + noise).argsort(-1).argsort(-1)
    return Lists(np.arange(len(hours)), hours, features, np.floor(5 * (places / ITEMS) ** 3).astype(np.int8))


def trained(lists: Lists) -> TabularModel:
    """Train a ranker on all lists but the held-out ones: for each feature a weight, and another for the evening."""
    from gateway_sim.trainer_pod.tabular import TabularModel

    ranker = TabularModel((2 * FEATURES, 1), "listwise", seed=1)
    chosen = lists.where(~lists.held_out)
    ranker.fit(_inputs(chosen), chosen.grades, steps=60, learning_rate=0.1)
    return ranker


def offline(ranker: TabularModel, lists: Lists) -> float:
    """Return the mean NDCG@10 over the held-out lists of the same day, which is what the ranker's owner sees."""
    return round(float(quality(ranker, lists.where(lists.held_out)).mean()), 6)


def quality(ranker: TabularModel, lists: Lists) -> Array:
    """Return the ranker's NDCG@10 for each list (lists)."""
    return ndcg(ranker.answers(_inputs(lists)).squeeze(-1), lists.grades)


def in_order(ranker: TabularModel, lists: Lists) -> Array:
    """Return the grades of each list's items, the one that the ranker puts first before the others (lists, items)."""
    places = np.argsort(-ranker.answers(_inputs(lists)).squeeze(-1), axis=-1, kind="stable")
    return np.take_along_axis(lists.grades, places, -1)


def by_hour(ranker: TabularModel, lists: Lists) -> tuple[float, ...]:
    """Return the ranker's mean NDCG@10 for each hour of the day."""
    each = quality(ranker, lists)
    return tuple(round(float(each[lists.hours == hour].mean()), 6) for hour in range(HOURS))


def cross_checked(ranker: TabularModel, lists: Lists) -> float:
    """Return the ranker's mean NDCG@10 as scikit-learn computes it."""
    from sklearn.metrics import ndcg_score  # slow to import

    return float(ndcg_score(lists.grades, ranker.answers(_inputs(lists)).squeeze(-1), k=10))


def ndcg(scores: Array, grades: Array, top: int = 10) -> Array:
    """Return the normalised discounted cumulative gain of the first `top` items (lists); the grades are the gains."""
    discounts = 1 / np.log2(np.arange(top) + 2)
    chosen = np.argsort(-scores, axis=-1, kind="stable")[..., :top]
    gained = (np.take_along_axis(grades, chosen, -1) * discounts).sum(-1)
    best = (-np.sort(-grades, axis=-1)[..., :top] * discounts).sum(-1)
    shares: Array = gained / best
    return shares


def _inputs(lists: Lists) -> Array:
    plain = lists.features / SCALE
    return np.concatenate([plain, plain * (lists.hours >= EVENING)[:, None, None]], axis=-1)
