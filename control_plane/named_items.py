"""One DynamoDB table whose items are keyed by the string `name`: strong reads, conditional puts, scans to the end."""

from collections.abc import Iterator, Mapping
from typing import Any

Item = dict[str, Any]
"""The attributes of an item, as boto3's client has them: `{"version": {"N": "3"}}`."""


class NamedItems:
    """The items of `table`; `client` is boto3's, or one with its interface."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, name: str) -> Item | None:
        """Return an item by a strong read; None where there is none."""
        key = {"name": {"S": name}}
        found: Item | None = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return found

    def put(self, name: str, item: Item, condition: str = "", values: Mapping[str, Any] | None = None) -> bool:
        """Write an item; False when its condition, over `#name` and attributes as `#attribute`, does not hold."""
        asked: dict[str, Any] = {"TableName": self._table, "Item": {"name": {"S": name}, **item}}
        if condition:
            used = [word for word in ("name", *item) if f"#{word}" in condition]
            asked["ConditionExpression"] = condition
            asked["ExpressionAttributeNames"] = {f"#{word}": word for word in used}
        if values:
            asked["ExpressionAttributeValues"] = values
        try:
            self._client.put_item(**asked)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def below(self, prefix: str) -> Iterator[Item]:
        """Yield each item whose name begins with `prefix`, by strong reads; DynamoDB ends a page at 1 MB."""
        for page in self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True):
            yield from (item for item in page["Items"] if item["name"]["S"].startswith(prefix))
