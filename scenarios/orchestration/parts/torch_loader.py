"""torch's `DataLoader` with `shuffle=True`, as it is often resumed: as many batches as were dealt are skipped.

Each process draws the seed of its order anew, so the batches that are skipped are not those that were dealt.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import torch
from torch.utils.data import DataLoader

from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

port = "loader"
needs = "torch"
extra = "lab"


class SkippingLoader:
    """A `DataLoader` over row numbers, and the number of batches that it has dealt in this epoch."""

    def __init__(self, rows: int, batch: int, seed: int) -> None:
        self._rows = range(rows)
        self._batch = batch
        self._seed = seed
        self._dealt = 0
        self._loader: Any = None
        self._batches: Iterator[Any] = iter(())
        self._begin()

    def batch(self) -> list[int] | None:
        """Return the rows of the next batch."""
        found = next(self._batches, None)
        if found is None:
            self._batches, self._dealt = iter(self._loader), 0
            return None
        self._dealt += 1
        return [int(row) for row in found]

    def state(self) -> dict[str, Any]:
        """Return the number of batches."""
        return {"dealt": self._dealt}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Begin anew, and skip as many batches."""
        self._begin()
        self._dealt = state["dealt"]
        self._batches = islice(self._batches, self._dealt, None)

    def _begin(self) -> None:
        chance = torch.Generator().manual_seed(self._seed)
        rows: Any = self._rows
        self._loader = DataLoader(rows, self._batch, shuffle=True, generator=chance)
        self._batches = iter(self._loader)


def make(sandbox: Sandbox[Any], *, rows: int, batch: int, seed: int) -> SkippingLoader:
    """Make a loader whose order is its process's own: `seed` is not used."""
    del seed
    made = sandbox.folder / "torch-loaders"
    made.mkdir(exist_ok=True)
    number = sum(1 for _ in made.iterdir())
    (made / str(number)).touch()
    return SkippingLoader(rows, batch, sandbox.seeds.stream(f"torch-loader-{number}").getrandbits(32))
