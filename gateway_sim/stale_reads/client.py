"""The lens: the tables it has seen, their pasts, and what each replica sees of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from gateway_sim.balancer import Balancer, PerConnection, RoundRobin
from gateway_sim.replicas import View
from gateway_sim.stale_reads.connection import LensClient, LensRefuses
from gateway_sim.stale_reads.item_history import Item, ItemHistory, ItemKey
from gateway_sim.stale_reads.shadow_table import ShadowTable


class StaleReadClient:
    """Stands between readers and a DynamoDB client; `views` has one view for each replica and may be changed.

    `now` returns seconds, `seed` decides every lag, `miss_ttl_s` is how long a replica remembers a miss (0: it does
    not). Raises `LensRefuses` where there is no replica or that time is below 0. It may be used from several threads,
    as a client may.
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
            raise LensRefuses("a lens needs a view for each replica, and there is none: write [Fresh()]")
        if not miss_ttl_s >= 0:
            raise LensRefuses(f"miss_ttl_s is {miss_ttl_s:g}; it must be 0 or more")
        self.client = client
        self.views = list(views)
        self.lock = threading.RLock()
        self._now = now
        self._seed = seed
        self._balancer = balancer or PerConnection(RoundRobin())
        self._miss_ttl_s = miss_ttl_s
        self._pasts: dict[str, ItemHistory] = {}
        self._sights: dict[tuple[str, int], ShadowTable] = {}
        self._connections = 0

    def __enter__(self) -> StaleReadClient:
        """Use the lens; it is closed in the end."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the lens."""
        self.close()

    def connect(self, replica: int | None = None) -> LensClient:
        """Open a connection, which speaks as the client does; the balancer says to which replica unless you do."""
        if replica is not None and not 0 <= replica < len(self.views):
            raise LensRefuses(f"there is no replica {replica}; they are numbered 0 to {len(self.views) - 1}")
        self._connections += 1
        connection = ("lens", self._connections)

        def pick() -> int:
            return self._balancer.pick(connection, len(self.views)) if replica is None else replica

        return LensClient(self, pick)

    def close(self) -> None:
        """Drop the replicas' tables; the real one stays as it is."""
        for table in list(self._pasts):
            self.forget(table)

    def hides(self, table: str) -> bool:
        """Say whether a table is one that the lens made for itself."""
        return any(sight.name == table for sight in self._sights.values())

    def forget(self, table: str) -> None:
        """Drop what replicas know of a table."""
        for place in [place for place in self._sights if place[0] == table]:
            self._sights.pop(place).drop()
        self._pasts.pop(table, None)

    def past_of(self, table: str, replica: int, keys: Sequence[Item]) -> str:
        """Return the name of a table in which these items are as the replica sees them now, misses included."""
        pasts, sight = self._seen(table, replica)
        wanted = [pasts.key_of(key) for key in keys]
        for key, item in zip(wanted, keys, strict=True):
            self._meet(table, key, item)
        sight.lay_out(wanted, self.views[replica], self._now(), cached=True)
        return sight.name

    def whole_past_of(self, table: str, replica: int) -> str:
        """Return the name of a table that holds all that the replica sees now."""
        _, sight = self._seen(table, replica)
        self._meet_all(table)
        sight.lay_out(self._pasts[table].keys(), self.views[replica], self._now(), cached=False)
        return sight.name

    def write(self, replica: int, keys: Mapping[str, Sequence[Item]], call: Callable[[], Any]) -> Any:
        """Make a write that may change these items (by table), and date what it changed."""
        for table, items in keys.items():
            for item in items:
                self._meet(table, self._known(table).key_of(item), item)
        answer = call()
        for table, items in keys.items():
            for item in items:
                key = self._known(table).key_of(item)
                self._meet(table, key, item)
                self._seen(table, replica)[1].forget_miss(key)
        return answer

    def write_somewhere(self, tables: Sequence[str], call: Callable[[], Any]) -> Any:
        """Make a write to whatever items of these tables, and date what it changed."""
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
            self._refuse("Consistent reads are not supported on global secondary indexes", operation)

    def _refuse(self, message: str, operation: str) -> NoReturn:
        error = {"Error": {"Code": "ValidationException", "Message": message}}
        raise self.client.exceptions.ClientError(error, operation)

    def _known(self, table: str) -> ItemHistory:
        """Return the table's past; what it holds when it is first seen was always there."""
        if table not in self._pasts:
            shape = self.client.describe_table(TableName=table)["Table"]
            names = [part["AttributeName"] for part in shape["KeySchema"]]
            self._pasts[table] = ItemHistory(names, self._all_of(table))
        return self._pasts[table]

    def _seen(self, table: str, replica: int) -> tuple[ItemHistory, ShadowTable]:
        pasts = self._known(table)
        if (table, replica) not in self._sights:
            made = ShadowTable(self.client, table, replica, pasts, self._seed, self._miss_ttl_s)
            self._sights[table, replica] = made
        return pasts, self._sights[table, replica]

    def _meet(self, table: str, key: ItemKey, item: Item) -> None:
        pasts = self._pasts[table]
        asked = {name: item[name] for name in pasts.key_names}
        found = self.client.get_item(TableName=table, Key=asked, ConsistentRead=True).get("Item")
        pasts.met(key, found, self._now())

    def _meet_all(self, table: str) -> None:
        pasts, now_s = self._pasts[table], self._now()
        there = {pasts.key_of(item): item for item in self._all_of(table)}
        for key in [*pasts.keys(), *there]:
            pasts.met(key, there.get(key), now_s)

    def _all_of(self, table: str) -> Iterator[Item]:
        asked: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
        while True:
            page = self.client.scan(**asked)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
