"""No strong read, one way of four: index lookup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scenarios.world.strong_read_blocked import NoStrongRead


@dataclass(frozen=True)
class IndexLookup(NoStrongRead):
    """The gateway looks routes up through a global secondary index: strong reads are refused."""

    name: ClassVar[str] = "index-lookup"
    way: ClassVar[str] = "index"
