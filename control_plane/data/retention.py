"""Who still needs which version of a table: references in one DynamoDB table keyed by `name`, asked for at vacuum.

A record that names a version does not keep it: whoever wants to read it again holds it, and until when (ORCHESTRATION
§3 d).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from control_plane.events import VersionHeld


@dataclass(frozen=True)
class Reference:
    """`holder` needs this version until this second."""

    version: int
    holder: str
    until_s: float


def needed(references: Iterable[Reference], now_s: float) -> list[int]:
    """Return the versions that somebody still needs, in order. Pure."""
    return sorted({reference.version for reference in references if reference.until_s > now_s})


class Retention:
    """The references to the versions of one table."""

    def __init__(self, client: Any, table: str, dataset: str, *, emit: Callable[[object], None]) -> None:
        self._client = client
        self._table = table
        self._dataset = dataset
        self._emit = emit

    def hold(self, version: int, holder: str, until_s: float) -> None:
        """Keep a version from vacuum until this second. Hold it before it is read."""
        item = {"version": {"N": str(version)}, "holder": {"S": holder}, "until_s": {"N": repr(until_s)}}
        self._client.put_item(
            TableName=self._table, Item={"name": {"S": f"{self._dataset}/{version}/{holder}"}, **item}
        )
        self._emit(VersionHeld(self._dataset, version, holder, until_s))

    def references(self) -> list[Reference]:
        """Return every reference to the table's versions, by a strong read."""
        found = self._client.scan(TableName=self._table, ConsistentRead=True)["Items"]
        return [
            Reference(int(item["version"]["N"]), item["holder"]["S"], float(item["until_s"]["N"]))
            for item in found
            if item["name"]["S"].startswith(f"{self._dataset}/")
        ]
