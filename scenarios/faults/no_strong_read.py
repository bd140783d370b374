"""Four reasons why a strongly consistent read of the route table proves nothing (docs/reference/findings.md §3)."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Undo


@dataclass(frozen=True)
class _NoStrongRead:
    """Blocks strong reads in one way: `way` is a key of `gateway_sim.scenarios.world.faulty_primary.REASONS`."""

    way: ClassVar[str]
    for_s: float | None = None

    def begin(self, world: World) -> Undo:
        """Block strong reads in this way, in addition to other blocks."""
        return world.primary.block(self.way)


class DaxInFront(_NoStrongRead):
    """Reads go through DAX: an item missing from its cache may still be in the table."""

    name: ClassVar[str] = "dax-in-front"
    way = "dax"


class GlobalTableReplica(_NoStrongRead):
    """The gateway reads another region's replica of a global table: a strong read there may still miss a write."""

    name: ClassVar[str] = "global-table-replica"
    way = "global-replica"


class IndexLookup(_NoStrongRead):
    """The gateway looks routes up through a global secondary index: strong reads are refused."""

    name: ClassVar[str] = "index-lookup"
    way = "index"


class PrimaryPartition(_NoStrongRead):
    """The table's primary cannot be reached: eventually consistent reads go on, strong ones fail."""

    name: ClassVar[str] = "primary-partition"
    way = "partition"
