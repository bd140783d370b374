"""What reading the route table costs, in DynamoDB's read capacity units; moto says 0.5 for every read (FINDINGS §4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STRONG_UNITS: Final = 1.0
EVENTUAL_UNITS: Final = 0.5


@dataclass
class ReadCapacity:
    """Reads of items up to 4 KB, which every route is: a strong one costs 1 unit, an eventually consistent one 0.5."""

    strong: int = 0
    eventual: int = 0

    @property
    def units(self) -> float:
        """Return the units used so far."""
        return self.strong * STRONG_UNITS + self.eventual * EVENTUAL_UNITS
