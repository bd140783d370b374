"""Data loaders, each with one defect."""

import random
from collections.abc import Mapping
from typing import Any

from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from tests.scenarios.compare.port_contract.defect import Defect


class Plain:
    """A loader without a library, which keeps the contract."""

    def __init__(self, rows: int, batch: int, seed: int) -> None:
        self.rows, self.size, self.seed = rows, batch, seed
        self.epoch, self.dealt = 0, 0

    def batch(self) -> list[int] | None:
        """Deal a batch."""
        order = list(range(self.rows))
        random.Random(f"{self.seed}/{self.epoch}").shuffle(order)
        rows = order[self.dealt * self.size :][: self.size]
        self.epoch, self.dealt = (self.epoch, self.dealt + 1) if rows else (self.epoch + 1, 0)
        return rows or None

    def state(self) -> dict[str, Any]:
        """Return the position."""
        return {"epoch": self.epoch, "dealt": self.dealt}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on."""
        self.epoch, self.dealt = state["epoch"], state["dealt"]


class DropsTheLast(Plain):
    """Deals no batch that is not full."""

    def batch(self) -> list[int] | None:
        """Deal a batch."""
        rows = super().batch()
        return super().batch() if rows and len(rows) < self.size else rows


class OneByOne(Plain):
    """Deals batches of one row."""

    def __init__(self, rows: int, batch: int, seed: int) -> None:
        super().__init__(rows, 1, seed)


class OfItsProcess(Plain):
    """Draws its order in each process anew, and keeps what it was drawn from."""

    made = 0

    def __init__(self, rows: int, batch: int, seed: int) -> None:
        OfItsProcess.made += 1
        super().__init__(rows, batch, OfItsProcess.made)


class OneOrder(Plain):
    """Has one order."""

    def __init__(self, rows: int, batch: int, seed: int) -> None:
        super().__init__(rows, batch, 0)


class ReadsAhead(Plain):
    """Returns the position of what it has read ahead, but for the first batch."""

    def state(self) -> dict[str, Any]:
        """Return the position."""
        return {"epoch": self.epoch, "dealt": self.dealt + (self.dealt > 1)}


class SkipsTheFirst(Plain):
    """Takes position 0 for 1."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on."""
        self.epoch, self.dealt = state["epoch"], state["dealt"] or 1


class CountsFromItsResume(Plain):
    """Counts the batches of its own process."""

    resumed = 0

    def state(self) -> dict[str, Any]:
        """Return the position."""
        return {"epoch": self.epoch, "dealt": self.dealt - self.resumed}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on."""
        super().restore(state)
        self.resumed = self.dealt


class FirstEpochOnly(Plain):
    """Forgets the epoch."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on."""
        self.dealt = state["dealt"]


class Live(Plain):
    """Returns a state that goes on with it."""

    def state(self) -> dict[str, Any]:
        """Return the position."""
        return vars(self)


class Forward(Plain):
    """Goes on, and never back."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on."""
        self.dealt = max(self.dealt, state["dealt"])
        self.epoch = state["epoch"]


class TooLong(Plain):
    """Keeps every row in its state."""

    def state(self) -> dict[str, Any]:
        """Return the position."""
        return super().state() | {"rows": "0" * 40_000}


def _of_loader(kind: type[Plain], saw: str) -> Defect:
    def make(sandbox: Sandbox[Any], *, rows: int, batch: int, seed: int) -> Plain:
        return kind(rows, batch, seed)

    return Defect(make, saw)


DEFECTS = {
    "every-row-once": _of_loader(DropsTheLast, "dealt 20 rows"),
    "batches-are-full": _of_loader(OneByOne, "dealt batches of [1, 1"),
    "the-order-is-the-seeds": _of_loader(OfItsProcess, "dealt another order"),
    "another-seed-another-order": _of_loader(OneOrder, "dealt the same order"),
    "a-resume-goes-on": _of_loader(ReadsAhead, "dealt 3 batches"),
    "a-resume-from-the-beginning": _of_loader(SkipsTheFirst, "dealt 5 batches"),
    "a-second-resume-goes-on": _of_loader(CountsFromItsResume, "instead of 3 batches"),
    "a-later-epoch-goes-on": _of_loader(FirstEpochOnly, "dealt 4 batches"),
    "a-state-stays": _of_loader(Live, "instead of 5 batches"),
    "a-loader-goes-back": _of_loader(Forward, "dealt 2 batches"),
    "a-state-is-kept": _of_loader(TooLong, "raised CheckpointRefused"),
}
"""The defect of each clause."""
