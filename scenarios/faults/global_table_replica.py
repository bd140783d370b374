"""No strong read, one way of four: global table replica."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scenarios.world.strong_read_blocked import NoStrongRead


@dataclass(frozen=True)
class GlobalTableReplica(NoStrongRead):
    """The gateway reads another region's replica of a global table: a strong read there may still miss a write."""

    name: ClassVar[str] = "global-table-replica"
    way: ClassVar[str] = "global-replica"
