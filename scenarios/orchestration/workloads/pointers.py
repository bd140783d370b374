"""Names that people resolve, such as `latest`: rows of a table, read strongly and written one at a time."""

from __future__ import annotations

from typing import Any


class Pointers:
    """Names and what they point to, in a DynamoDB table keyed by `name`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def move(self, name: str, to: str) -> None:
        """Let a name point to `to`."""
        self._client.put_item(TableName=self._table, Item={"name": {"S": name}, "to": {"S": to}})

    def resolve(self, name: str) -> str | None:
        """Return what a name points to now; None before it was ever moved."""
        item = self._client.get_item(TableName=self._table, Key={"name": {"S": name}}, ConsistentRead=True).get("Item")
        return item["to"]["S"] if item else None
