"""The damage of a run: one number, and a sentence that explains it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

BESIDE = {"_expected": "closed form", "_simulated": "simulated", "_card": "reference"}
"""The labels of the figures beside a measured one, by the ending of their names."""


@dataclass(frozen=True)
class Damage:
    """How much went wrong: `amount` of `unit`, a sentence for people, and the figures behind it.

    A figure whose name ends in `_expected` is the closed form of the measured one without that ending, in
    `_simulated` its simulation, and in `_card` the published reference (docs/reference/stories.md §3).
    """

    amount: float
    unit: str
    sentence: str
    figures: Mapping[str, float] = field(default_factory=dict)
