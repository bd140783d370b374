"""A concurrency limit that several schedulers share: one item, one conditional write."""

from collections.abc import Callable
from typing import Any

from gateway_sim.control_plane.events import LimitGivenBack, LimitTaken
from gateway_sim.control_plane.scheduling.quotas import QuotaRefused


class ConcurrencyLimit:
    """At most `limit` holders among several schedulers, counted in one item of a DynamoDB table keyed by `name`."""

    def __init__(self, client: Any, table: str, name: str, limit: int, *, emit: Callable[[object], None]) -> None:
        if limit < 0:
            raise QuotaRefused(f"the limit {name} is {limit}; it must be 0 or more")
        self.name = name
        self.limit = limit
        self._emit = emit
        self._client = client
        self._where = {"TableName": table, "Key": {"name": {"S": name}}}

    def read(self) -> int:
        """Return the number of holders by a strong read; it may change right afterwards."""
        item = self._client.get_item(**self._where, ConsistentRead=True).get("Item")
        return int(item["held"]["N"]) if item else 0

    def take(self) -> bool:
        """Become a holder if the limit allows, in one conditional write; False when it does not."""
        try:
            held = self._add(1, condition="attribute_not_exists(held) OR held < :limit", limit=self.limit)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        self._emit(LimitTaken(self.name, held, self.limit))
        return True

    def take_unasked(self) -> None:
        """Become a holder without checking the limit, for a caller that checked an earlier `read`."""
        self._emit(LimitTaken(self.name, self._add(1), self.limit))

    def give_back(self) -> None:
        """Stop being a holder."""
        self._emit(LimitGivenBack(self.name, self._add(-1)))

    def _add(self, by: int, *, condition: str = "", limit: int = 0) -> int:
        values = {":by": {"N": str(by)}}
        asked: dict[str, Any] = {
            "UpdateExpression": "ADD held :by",
            "ExpressionAttributeValues": values,
            "ReturnValues": "UPDATED_NEW",
        }
        if condition:
            values[":limit"] = {"N": str(limit)}
            asked["ConditionExpression"] = condition
        return int(self._client.update_item(**self._where, **asked)["Attributes"]["held"]["N"])
