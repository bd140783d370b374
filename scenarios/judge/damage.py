"""The damage of a run as one number, with the sentence that says what it means."""

from collections.abc import Mapping
from dataclasses import dataclass, field

BESIDE = {"_expected": "closed form", "_simulated": "simulated", "_card": "reference"}
"""What is shown beside a measured figure, by the ending of its name."""


@dataclass(frozen=True)
class Damage:
    """How much went wrong: `amount` of `unit`, a sentence for people, and the figures beside it.

    A figure whose name ends in `_expected` is the closed form of the measured one without that ending, in
    `_simulated` the same as arithmetic, and in `_card` the published reference (docs/reference/stories.md §3).
    """

    amount: float
    unit: str
    sentence: str
    figures: Mapping[str, float] = field(default_factory=dict)
