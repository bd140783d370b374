"""No strong read, one way of four: dax in front."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scenarios.world.strong_read_blocked import NoStrongRead


@dataclass(frozen=True)
class DaxInFront(NoStrongRead):
    """DAX stands in front of the table: what it does not hold proves nothing."""

    name: ClassVar[str] = "dax-in-front"
    way: ClassVar[str] = "dax"
