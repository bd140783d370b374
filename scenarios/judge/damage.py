"""The damage of a run: one number, and a sentence that explains it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

BESIDE = {"_expected": "closed form", "_simulated": "simulated", "_card": "reference"}
"""The labels of the figures beside a measured one, by the ending of their names."""


@dataclass(frozen=True)
class Damage:
    """How much went wrong: `amount` of one `unit`, a sentence for people, and the figures behind it.

    Different units are never added: what is counted in another unit is in `also`, by the words of that unit.

    A figure whose name ends in `_expected` is the closed form of the measured one without that ending, in
    `_simulated` its simulation, and in `_card` the published reference (docs/reference/stories.md §3).
    """

    amount: float
    unit: str
    sentence: str
    figures: Mapping[str, float] = field(default_factory=dict)
    also: Mapping[str, float] = field(default_factory=dict)

    @property
    def beside(self) -> str:
        """The quantities of `also` that are not zero, in words; empty if there are none."""
        return ", ".join(f"{unit}: {amount:g}" for unit, amount in self.also.items() if amount)
