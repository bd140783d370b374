"""Rows of many cities, each with its own true weights, and the regressor that is trained on them.

A model that was not trained on a city fails there, and a model that was trained on each row twice is hardly worse: lost
and duplicated rows do different damage (docs/reference/stories.md §0.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

DATE = "day-1"
FEATURES = 8
NOISE = 0.5
SCALE = 1000
"""Features and targets are whole thousandths, which are equal on every machine."""

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Rows:
    """Rows of cities: `cities` and `numbers` (rows), `features` (rows, features), `targets` (rows), in thousandths."""

    cities: Array
    numbers: Array
    features: Array
    targets: Array

    def of(self, cities: range) -> Rows:
        """Return the rows of these cities."""
        mask = (self.cities >= cities.start) & (self.cities < cities.stop)
        return Rows(self.cities[mask], self.numbers[mask], self.features[mask], self.targets[mask])


@dataclass(frozen=True)
class Fitted:
    """A trained regressor: the digest of its weights, and its loss on its own rows and on the held-out ones."""

    weights: str
    loss: tuple[float, float]


@lru_cache(maxsize=64)
def rows_of(seed: int, draw: str, cities: int, a_city: int, noise: float = NOISE) -> Rows:
    """Return `a_city` rows for each city; another `draw` gives other rows of the same cities.

    `noise` is the standard deviation of what no model can learn of a target.
    """
    weights = np.random.default_rng(seed).standard_normal((cities, FEATURES)) / FEATURES**0.5
    chance = np.random.default_rng([seed, *draw.encode()])
    city = np.repeat(np.arange(cities), a_city)
    features = np.rint(chance.standard_normal((len(city), FEATURES)) * SCALE).astype(np.int16)
    clean = (features / SCALE * weights[city]).sum(-1)
    targets = np.rint((clean + noise * chance.standard_normal(len(city))) * SCALE).astype(np.int32)
    return Rows(city, np.tile(np.arange(a_city), cities), features, targets)


def columns() -> pa.Schema:
    """Return the columns of the table."""
    import pyarrow as pa

    keys = [("date", pa.string()), ("city", pa.int32()), ("row", pa.int32())]
    return pa.schema([*keys, *((f"x{n}", pa.int16()) for n in range(FEATURES)), ("y", pa.int32())])


def table_of(rows: Rows) -> pa.Table:
    """Return rows as a table."""
    import pyarrow as pa

    values: dict[str, Any] = {
        "date": [DATE] * len(rows.cities),
        "city": rows.cities,
        "row": rows.numbers,
        **{f"x{n}": rows.features[:, n] for n in range(FEATURES)},
        "y": rows.targets,
    }
    return pa.table(values, schema=columns())


def rows_in(table: pa.Table) -> Rows:
    """Return the rows of a table, in its order."""
    features = np.stack([table[f"x{n}"].to_numpy() for n in range(FEATURES)], axis=-1)
    return Rows(table["city"].to_numpy(), table["row"].to_numpy(), features, table["y"].to_numpy())


def fitted(rows: Rows, held_out: Rows, cities: int, *, steps: int = 80) -> Fitted:
    """Train a linear model with common weights and weights for each city, and judge it."""
    from gateway_sim.trainer_pod.tabular import TabularModel

    model = TabularModel((FEATURES * (1 + cities), 1), "squares", seed=1)
    model.fit(_inputs(rows, cities), rows.targets / SCALE, steps=steps, learning_rate=0.05)
    own, other = (round(model.loss(_inputs(some, cities), some.targets / SCALE), 4) for some in (rows, held_out))
    return Fitted(model.weights_digest(), (own, other))


def _inputs(rows: Rows, cities: int) -> Array:
    plain = rows.features / SCALE
    own = np.zeros((len(plain), cities, FEATURES))
    own[np.arange(len(plain)), rows.cities] = plain
    return np.concatenate([plain, own.reshape(len(plain), -1)], axis=-1)
