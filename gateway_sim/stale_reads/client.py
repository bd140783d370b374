"""Keeps the history of each table's items and the copies that show each replica's view of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gateway_sim.balancer import Balancer, PerConnection, RoundRobin
from gateway_sim.replicas import View
from gateway_sim.stale_reads.connection import StaleConnection, StaleReadRefused
from gateway_sim.stale_reads.item_history import Item, ItemHistory, ItemKey
from gateway_sim.stale_reads.shadow_table import ShadowTable


class StaleReadClient:
    """Wraps a DynamoDB client so that reads lag; `views` has one view for each replica and may be changed.

    `now` returns seconds, `seed` decides every lag, `miss_ttl_s` is how long a replica caches a miss (0: not at all).
    Raises `StaleReadRefused` without a view, or for a negative `miss_ttl_s`. It is as thread-safe as the client.
    """

    def __init__(
        self,
        client: Any,
        views: Sequence[View],
        *,
        now: Callable[[], float],
        seed: int = 0,
        balancer: Balancer | None = None,
        miss_ttl_s: float = 0.0,
    ) -> None:
        if not views:
            raise StaleReadRefused("stale reads need a view for each replica, and there is none: write [Fresh()]")
        if not miss_ttl_s >= 0:
            raise StaleReadRefused(f"miss_ttl_s is {miss_ttl_s:g}; it must be 0 or more")
        self.client = client
        self.views = list(views)
        self.lock = threading.RLock()
        self._now = now
        self._seed = seed
        self._balancer = balancer or PerConnection(RoundRobin())
        self._miss_ttl_s = miss_ttl_s
        self._histories: dict[str, ItemHistory] = {}
        self._shadows: dict[tuple[str, int], ShadowTable] = {}
        self._connections = 0

    def __enter__(self) -> StaleReadClient:
        """Return this object; leaving the block closes it."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it."""
        self.close()

    def connect(self, replica: int | None = None) -> StaleConnection:
        """Open a connection with the client's methods; the balancer picks its replica unless `replica` is given."""
        if replica is not None and not 0 <= replica < len(self.views):
            raise StaleReadRefused(f"there is no replica {replica}; they are numbered 0 to {len(self.views) - 1}")
        self._connections += 1
        connection = ("stale-reads", self._connections)

        def pick() -> int:
            return self._balancer.pick(connection, len(self.views)) if replica is None else replica

        return StaleConnection(self, pick)

    def close(self) -> None:
        """Delete the replicas' copies; the real tables do not change."""
        for table in list(self._histories):
            self.forget(table)

    def hides(self, table: str) -> bool:
        """Say whether a table is a replica's copy."""
        return any(shadow.name == table for shadow in self._shadows.values())

    def forget(self, table: str) -> None:
        """Delete the history of a table and the replicas' copies of it."""
        for place in [place for place in self._shadows if place[0] == table]:
            self._shadows.pop(place).drop()
        self._histories.pop(table, None)

    def shadow_of(self, table: str, replica: int, keys: Sequence[Item]) -> str:
        """Return the name of a copy in which these items are as the replica sees them now, cached misses included."""
        history, shadow = self._seen(table, replica)
        wanted = [history.key_of(key) for key in keys]
        for key, item in zip(wanted, keys, strict=True):
            self._meet(table, key, item)
        shadow.lay_out(wanted, self.views[replica], self._now(), cached=True)
        return shadow.name

    def whole_shadow_of(self, table: str, replica: int) -> str:
        """Return the name of a copy with all items as the replica sees them now."""
        _, shadow = self._seen(table, replica)
        self._meet_all(table)
        shadow.lay_out(self._histories[table].keys(), self.views[replica], self._now(), cached=False)
        return shadow.name

    def write(self, replica: int, keys: Mapping[str, Sequence[Item]], call: Callable[[], Any]) -> Any:
        """Make a write that may change these items (by table), and record the changes."""
        written = [(table, self._known(table).key_of(item), item) for table, items in keys.items() for item in items]
        for table, key, item in written:
            self._meet(table, key, item)
        answer = call()
        for table, key, item in written:
            self._meet(table, key, item)
            self._seen(table, replica)[1].forget_miss(key)
        return answer

    def write_somewhere(self, tables: Sequence[str], call: Callable[[], Any]) -> Any:
        """Make a write to any items of these tables, and record the changes."""
        for table in tables:
            self._known(table)
            self._meet_all(table)
        answer = call()
        for table in tables:
            self._meet_all(table)
        return answer

    def refuse_strong(self, table: str, index: str, operation: str) -> None:
        """Refuse a strong read of a global secondary index, as DynamoDB does; raises its `ClientError`."""
        shape = self.client.describe_table(TableName=table)["Table"]
        if any(found["IndexName"] == index for found in shape.get("GlobalSecondaryIndexes", [])):
            message = "Consistent reads are not supported on global secondary indexes"
            error = {"Error": {"Code": "ValidationException", "Message": message}}
            raise self.client.exceptions.ClientError(error, operation)

    def _known(self, table: str) -> ItemHistory:
        """Return the history of a table; items from before the first read have no lag."""
        if table not in self._histories:
            shape = self.client.describe_table(TableName=table)["Table"]
            names = [part["AttributeName"] for part in shape["KeySchema"]]
            self._histories[table] = ItemHistory(names, self._all_of(table))
        return self._histories[table]

    def _seen(self, table: str, replica: int) -> tuple[ItemHistory, ShadowTable]:
        history = self._known(table)
        if (table, replica) not in self._shadows:
            made = ShadowTable(self.client, table, replica, history, self._seed, self._miss_ttl_s)
            self._shadows[table, replica] = made
        return history, self._shadows[table, replica]

    def _meet(self, table: str, key: ItemKey, item: Item) -> None:
        history = self._histories[table]
        asked = {name: item[name] for name in history.key_names}
        found = self.client.get_item(TableName=table, Key=asked, ConsistentRead=True).get("Item")
        history.met(key, found, self._now())

    def _meet_all(self, table: str) -> None:
        history, now_s = self._histories[table], self._now()
        there = {history.key_of(item): item for item in self._all_of(table)}
        for key in [*history.keys(), *there]:
            history.met(key, there.get(key), now_s)

    def _all_of(self, table: str) -> Iterator[Item]:
        asked: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
        while True:
            page = self.client.scan(**asked)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
