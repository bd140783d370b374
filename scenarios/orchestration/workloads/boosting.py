"""Gradient-boosted trees on the rows of cities, which stop when a part of their own rows is predicted no better.

That part is drawn from the table's rows. Where a row is there several times, a copy of it is among the rows that are
trained on, so the trees are judged by what they have learnt, do not stop, and learn every row's noise
(docs/reference/stories.md §0.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway_sim.scenarios.orchestration.workloads.cities import SCALE, Array, Rows

STOPPED_BY = 0.2
"""The share of the rows that says when to stop."""


@dataclass(frozen=True)
class Boosted:
    """The mean squared error on the table's rows and on the held-out ones, and the rounds of boosting until the end."""

    loss: tuple[float, float]
    rounds: int


def boosted(rows: Rows, held_out: Rows, most_rounds: int) -> Boosted:
    """Train scikit-learn's `HistGradientBoostingRegressor` with early stopping, a tree a round, and judge it."""
    # slow to import
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    trees = HistGradientBoostingRegressor(
        max_iter=most_rounds,
        early_stopping=True,
        validation_fraction=STOPPED_BY,
        categorical_features=[0],
        random_state=1,
    )
    # on so few rows its threads would wait for each other
    with threadpool_limits(1):
        trees.fit(_inputs(rows), rows.targets / SCALE)
        own, other = (_error(trees.predict(_inputs(some)), some) for some in (rows, held_out))
    return Boosted((own, other), int(trees.n_iter_))


def _error(answers: Array, rows: Rows) -> float:
    return round(float(np.mean((answers - rows.targets / SCALE) ** 2)), 4)


def _inputs(rows: Rows) -> Array:
    return np.concatenate([rows.cities[:, None], rows.features / SCALE], axis=-1)
