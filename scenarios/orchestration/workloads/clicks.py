"""Visitors who click on ranked lists, by a position model: an item is clicked if it is looked at and attracts.

Rank k is looked at with chance 1/k (Joachims, Swaminathan and Schnabel, "Unbiased Learning-to-Rank with Biased
Feedback", WSDM 2017). An item of grade g attracts with chance noise + (1 - noise)(2^g - 1)/(2^4 - 1), where `noise` is
the chance of an item without relevance, 0.1 in the source (Ai and others, "Unbiased Learning to Rank with Unbiased
Propensity Estimation", SIGIR 2018). So clicks follow from the lists' true grades and the ranker's order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gateway_sim.scenarios.orchestration.workloads import ranking
from gateway_sim.scenarios.orchestration.workloads.ranking import Array, Lists

if TYPE_CHECKING:
    from gateway_sim.trainer_pod.tabular import TabularModel

SHOWN = 10
"""The items of a list that a visit shows."""

MOST = 4
"""The highest grade."""


def chances(ranker: TabularModel, lists: Lists, noise: float) -> Array:
    """Return the chance of a click on each shown item (lists, ranks)."""
    grades = ranking.in_order(ranker, lists)[:, :SHOWN].astype(np.float64)
    attracts = noise + (1 - noise) * (2.0**grades - 1) / (2.0**MOST - 1)
    found: Array = attracts / np.arange(1, SHOWN + 1)
    return found


def rate(ranker: TabularModel, lists: Lists, noise: float) -> float:
    """Return the expected click-through: the share of visits with a click, where each list has as many visits."""
    return float((1 - (1 - chances(ranker, lists, noise)).prod(-1)).mean())


def drawn(ranker: TabularModel, lists: Lists, noise: float, visits: int, chance: np.random.Generator) -> int:
    """Return how many of so many visits, each of one of the lists, have a click."""
    seen = chances(ranker, lists, noise)[chance.integers(len(lists.hours), size=visits)]
    return int((chance.random(seen.shape) < seen).any(-1).sum())
