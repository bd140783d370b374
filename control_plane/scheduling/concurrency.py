"""A concurrency limit that several schedulers share: one item, conditional writes.

A place may have a lease. Its holder renews it, so the place of a holder that died comes back when the lease ends; a
holder whose renewal is refused has lost its place and must stop (docs/reference/stories.md §3 b).
"""

from collections.abc import Callable
from typing import Any

from gateway_sim.control_plane.events import LimitGivenBack, LimitLeaseEnded, LimitTaken
from gateway_sim.control_plane.scheduling.quotas import QuotaRefused

LEASE = "lease/"
"""What the attribute of a holder's lease begins with; it holds the second at which the lease ends."""


class ConcurrencyLimit:
    """At most `limit` holders among several schedulers, counted in one item of a DynamoDB table keyed by `name`.

    With `lease_s` a holder has a name and a lease of so many seconds, by the clocks of those that take and renew. Each
    attempt needs a new name: one that froze would otherwise renew, and give back, the place of its successor.
    """

    def __init__(
        self,
        client: Any,
        table: str,
        name: str,
        limit: int,
        *,
        emit: Callable[[object], None],
        lease_s: float | None = None,
    ) -> None:
        if limit < 0:
            raise QuotaRefused(f"the limit {name} is {limit}; it must be 0 or more")
        if lease_s is not None and lease_s <= 0:
            raise QuotaRefused(f"the lease of the limit {name} is {lease_s:g} s; it must be above 0")
        self.name = name
        self.limit = limit
        self._lease_s = lease_s
        self._emit = emit
        self._client = client
        self._where = {"TableName": table, "Key": {"name": {"S": name}}}

    def read(self) -> int:
        """Return the number of holders by a strong read; it may change right afterwards."""
        item = self._item()
        return int(item["held"]["N"]) if item else 0

    def take(self, holder: str = "", now_s: float = 0.0) -> bool:
        """Become a holder in one conditional write; False where the limit does not allow it, or this name is a holder.

        A refused holder frees the places whose leases have ended, and asks once more. Raises `ValueError` for a holder
        without a name under a limit with leases.
        """
        if self._lease_s is not None and not holder:
            raise ValueError(f"the limit {self.name} has leases; a holder needs a name, new for each attempt")
        return self._take(holder, now_s) or (bool(self.reap(now_s)) and self._take(holder, now_s))

    def take_unasked(self) -> None:
        """Become a holder without checking the limit, for a caller that checked an earlier `read`.

        Raises `ValueError` under a limit with leases, where the place would have none and never come back.
        """
        if self._lease_s is not None:
            raise ValueError(f"the limit {self.name} has leases; take a place by `take`")
        self._emit(LimitTaken(self.name, self._update("ADD held :by", by=1) or 0, self.limit))

    def renew(self, holder: str, now_s: float) -> bool:
        """Extend a lease from now on; False where it has ended and its place was freed."""
        return (
            self._update("SET #lease = :until", "attribute_exists(#lease)", holder, until=self._end(now_s)) is not None
        )

    def give_back(self, holder: str = "") -> bool:
        """Stop being a holder; False where its lease has ended and its place was freed, or no place is taken."""
        held = (
            self._update("ADD held :by REMOVE #lease", "attribute_exists(#lease)", holder, by=-1)
            if self._lease_s is not None
            else self._update("ADD held :by", "held > :none", by=-1, none=0)
        )
        if held is not None:
            self._emit(LimitGivenBack(self.name, held))
        return held is not None

    def reap(self, now_s: float) -> list[str]:
        """Free the places whose leases have ended, each unless it was renewed in between; return their holders."""
        if self._lease_s is None:
            return []
        reaped = []
        for attribute, value in sorted((self._item() or {}).items()):
            if not attribute.startswith(LEASE) or float(value["N"]) > now_s:
                continue
            holder = attribute.removeprefix(LEASE)
            seen = float(value["N"])
            held = self._update("ADD held :by REMOVE #lease", "#lease = :seen", holder, by=-1, seen=seen)
            if held is not None:
                reaped.append(holder)
                self._emit(LimitLeaseEnded(self.name, holder, held))
        return reaped

    def _take(self, holder: str, now_s: float) -> bool:
        free = "(attribute_not_exists(held) OR held < :limit)"
        if self._lease_s is None:
            held = self._update("ADD held :by", free, by=1, limit=self.limit)
        else:
            once = f"{free} AND attribute_not_exists(#lease)"
            until_s = self._end(now_s)
            held = self._update("ADD held :by SET #lease = :until", once, holder, by=1, limit=self.limit, until=until_s)
        if held is not None:
            self._emit(LimitTaken(self.name, held, self.limit))
        return held is not None

    def _end(self, now_s: float) -> float:
        return now_s + (self._lease_s or 0.0)

    def _item(self) -> dict[str, Any] | None:
        item: dict[str, Any] | None = self._client.get_item(**self._where, ConsistentRead=True).get("Item")
        return item

    def _update(self, change: str, condition: str = "", holder: str = "", **values: float) -> int | None:
        """Change the item and return the number of holders; None where the condition does not hold."""
        asked: dict[str, Any] = {
            "UpdateExpression": change,
            "ExpressionAttributeValues": {f":{name}": {"N": repr(value)} for name, value in values.items()},
            "ReturnValues": "ALL_NEW",
        }
        if condition:
            asked["ConditionExpression"] = condition
        if "#lease" in change:
            asked["ExpressionAttributeNames"] = {"#lease": f"{LEASE}{holder}"}
        try:
            return int(self._client.update_item(**self._where, **asked)["Attributes"]["held"]["N"])
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
