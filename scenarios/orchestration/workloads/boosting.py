"""Gradient-boosted trees on the rows of cities, which stop when a part of their own rows is predicted no better.

That part is drawn from the table's rows. Where a row is there several times, a copy of it is among the rows that are
trained on, so the trees are judged on what they have seen, never stop, and learn every row's noise by heart
(docs/reference/stories.md §0.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway_sim.scenarios.orchestration.workloads.cities import SCALE, Array, Rows

MOST_ROUNDS = 1000


@dataclass(frozen=True)
class Boosted:
    """The mean squared error on the own rows and on the held-out ones, and the trees until they stopped."""

    loss: tuple[float, float]
    rounds: int


def boosted(rows: Rows, held_out: Rows) -> Boosted:
    """Train scikit-learn's `HistGradientBoostingRegressor` with early stopping, and judge it."""
    from sklearn.ensemble import HistGradientBoostingRegressor  # slow to import

    trees = HistGradientBoostingRegressor(
        max_iter=MOST_ROUNDS,
        early_stopping=True,
        validation_fraction=0.2,
        min_samples_leaf=5,
        categorical_features=[0],
        random_state=1,
    )
    trees.fit(_inputs(rows), rows.targets / SCALE)
    own, other = (
        round(float(np.mean((trees.predict(_inputs(some)) - some.targets / SCALE) ** 2)), 4)
        for some in (rows, held_out)
    )
    return Boosted((own, other), int(trees.n_iter_))


def _inputs(rows: Rows) -> Array:
    return np.concatenate([rows.cities[:, None], rows.features / SCALE], axis=-1)
