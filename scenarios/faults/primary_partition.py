"""No strong read, one way of four: primary partition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scenarios.world.strong_read_blocked import NoStrongRead


@dataclass(frozen=True)
class PrimaryPartition(NoStrongRead):
    """The table's primary cannot be reached: eventually consistent reads go on, strong ones fail."""

    name: ClassVar[str] = "primary-partition"
    way: ClassVar[str] = "partition"
