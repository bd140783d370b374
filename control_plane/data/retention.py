"""Which versions of a table are still needed: references in one DynamoDB table keyed by `name`, read before a vacuum.

A record that names a version does not keep it from the vacuum; a reference does, until its end
(docs/reference/stories.md §3 d).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gateway_sim.control_plane.events import VersionHeld
from gateway_sim.control_plane.named_items import NamedItems


@dataclass(frozen=True)
class Reference:
    """`holder` needs this version until this second."""

    version: int
    holder: str
    until_s: float


def needed(references: Iterable[Reference], now_s: float) -> list[int]:
    """Return the versions with a reference that has not ended, in order. Pure."""
    return sorted({reference.version for reference in references if reference.until_s > now_s})


class Retention:
    """The references to the versions of one table."""

    def __init__(self, client: Any, table: str, dataset: str, *, emit: Callable[[object], None]) -> None:
        self._items = NamedItems(client, table)
        self._dataset = dataset
        self._emit = emit

    def hold(self, version: int, holder: str, until_s: float) -> None:
        """Keep a version from vacuum until this second; to be called before the version is read."""
        item = {"version": {"N": str(version)}, "holder": {"S": holder}, "until_s": {"N": repr(until_s)}}
        self._items.put(f"{self._dataset}/{version}/{holder}", item)
        self._emit(VersionHeld(self._dataset, version, holder, until_s))

    def references(self) -> list[Reference]:
        """Return every reference to the table's versions, by strong reads."""
        return [
            Reference(int(item["version"]["N"]), item["holder"]["S"], float(item["until_s"]["N"]))
            for item in self._items.below(f"{self._dataset}/")
        ]
