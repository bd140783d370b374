"""Keeps the history of each table's items and the copies that show each replica's view of it."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError

from gateway_sim.replicas import Fresh, View
from gateway_sim.stale_reads.item_history import Item, ItemChange, ItemHistory, ItemKey
from gateway_sim.stale_reads.shadow_table import Schema, ShadowTable, Shown, schema_of


class LaggingTables:
    """The tables of a client as each replica sees them; `client` takes and gives DynamoDB's own values.

    `view_of` returns the view of a replica, `now` the time in seconds; `miss_ttl_s` is how long a miss is cached.
    `shown_by` has the tables of which a function decides what a replica shows, in place of its view; they keep every
    state. With `only_writer`, no other client writes or changes the tables, so they are not read again before each
    call. A state of an item is dropped once it was replaced more than `keep_s` seconds ago and no view of the
    `replicas` can show it.
    A method that takes a table raises the client's `ResourceNotFoundException` if it is not there.
    """

    def __init__(
        self,
        client: Any,
        view_of: Callable[[int], View],
        now: Callable[[], float],
        seed: int,
        miss_ttl_s: float,
        shown_by: Mapping[str, Shown] = MappingProxyType({}),
        *,
        only_writer: bool = False,
        keep_s: float = math.inf,
        replicas: Callable[[], int] = lambda: 0,
    ) -> None:
        self._client = client
        self._view_of = view_of
        self._now = now
        self._seed = seed
        self._miss_ttl_s = miss_ttl_s
        self._shown_by = shown_by
        self._only_writer = only_writer
        self._keep_s = keep_s
        self._replicas = replicas
        self._schemas: dict[str, Schema] = {}
        self._histories: dict[str, ItemHistory] = {}
        self._shadows: dict[tuple[str, int], ShadowTable] = {}
        self.read_from: int | None = None
        """The replica whose copy was read last."""
        self.stale_items = 0
        """The items in the copies of replicas that were older than the table's, over all reads."""

    def hides(self, table: str) -> bool:
        """Say whether a table is a replica's copy."""
        return any(shadow.name == table for shadow in self._shadows.values())

    def states(self) -> int:
        """Return how many states of items are kept."""
        return sum(history.states() for history in self._histories.values())

    def forget(self, table: str) -> None:
        """Delete the history of a table and the replicas' copies of it."""
        for place in [place for place in self._shadows if place[0] == table]:
            self._shadows.pop(place).drop()
        self._histories.pop(table, None)
        self.forget_schema(table)

    def forget_schema(self, table: str) -> None:
        """Read the keys and indexes of a table again, which may have changed."""
        self._schemas.pop(table, None)

    def forget_all(self) -> None:
        """Delete every history and every copy."""
        for table in list(self._histories):
            self.forget(table)

    def place_of(self, table: str, replica: int, keys: Sequence[Item] | None = None) -> str:
        """Return the name of a table in which these items, or all, are as the replica sees them now.

        It is the table itself if the replica shows all of it and no change can be missed.
        """
        if self._only_writer and self._is_fresh(table, replica):
            self.read_from = replica
            return table
        return self.whole_shadow_of(table, replica) if keys is None else self.shadow_of(table, replica, keys)

    def shadow_of(self, table: str, replica: int, keys: Sequence[Item]) -> str:
        """Return the name of a copy in which these items are as the replica sees them now, cached misses included."""
        schema, history = self._known(table)
        if not self._only_writer:
            for key in keys:
                self._meet(table, history, key)
        wanted = [history.key_of(key) for key in keys]
        shadow = self._shadow(table, replica)
        self._lay_out(shadow, replica, _complete(schema, history), wanted, cached=True)
        return shadow.name

    def whole_shadow_of(self, table: str, replica: int) -> str:
        """Return the name of a copy with all items as the replica sees them now."""
        schema, history = self._known(table)
        if not self._only_writer:
            self._meet_all(table, history)
        shadow = self._shadow(table, replica)
        self._lay_out(shadow, replica, _complete(schema, history), history.keys(), cached=False)
        return shadow.name

    def notice(self, table: str, items: Iterable[Item]) -> None:
        """Record the current state of items that are about to be written: another client may have changed them."""
        history = self._known(table)[1]
        if not self._only_writer:
            for item in items:
                self._meet(table, history, item)

    def notice_all(self, table: str) -> None:
        """Record the current state of all items of a table that is about to be written."""
        history = self._known(table)[1]
        if not self._only_writer:
            self._meet_all(table, history)

    def meet(self, table: str, item: Item) -> None:
        """Record the current state of an item, which may be given by its key."""
        self._meet(table, self._histories.get(table) or self._known(table)[1], item)

    def meet_all(self, table: str) -> None:
        """Record the current state of all items of a table."""
        self._meet_all(table, self._histories.get(table) or self._known(table)[1])

    def forget_miss(self, table: str, replica: int, item: Item) -> None:
        """Drop the cached miss of an item that was written through a replica."""
        if (table, replica) in self._shadows:
            self._shadows[table, replica].forget_miss(self._histories[table].key_of(item))

    def refuse_strong(self, table: str, index: str | None, operation: str) -> None:
        """Refuse a strong read of a global secondary index, as DynamoDB does; raises its `ClientError`."""
        if index is None:
            return
        indexes = schema_of(self._client, table).get("GlobalSecondaryIndexes", [])
        if any(found["IndexName"] == index for found in indexes):
            message = "Consistent reads are not supported on global secondary indexes"
            error: Any = {
                "Error": {"Code": "ValidationException", "Message": message},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
            raise ClientError(error, operation)

    def _known(self, table: str) -> tuple[Schema, ItemHistory]:
        """Return the schema of a table and its history; items from before the first call have no lag."""
        if self._only_writer and table in self._schemas:
            return self._schemas[table], self._histories[table]
        schema = schema_of(self._client, table)
        names = tuple(sorted(part["AttributeName"] for part in schema["KeySchema"]))
        if table in self._histories and self._histories[table].key_names != names:
            self.forget(table)  # another table of the same name
        if table not in self._histories:
            # what a function shows is not known here
            keep_s = math.inf if table in self._shown_by else self._keep_s
            self._histories[table] = ItemHistory(names, self._all_of(table), keep_s)
        self._schemas[table] = schema
        return schema, self._histories[table]

    def _is_fresh(self, table: str, replica: int) -> bool:
        return self._view_of(replica) == Fresh() and self._miss_ttl_s == 0 and table not in self._shown_by

    def _shadow(self, table: str, replica: int) -> ShadowTable:
        if (table, replica) not in self._shadows:
            history, shown = self._histories[table], self._shown_by.get(table)
            made = ShadowTable(self._client, table, replica, history, self._seed, self._miss_ttl_s, shown)
            self._shadows[table, replica] = made
        return self._shadows[table, replica]

    def _lay_out(
        self, shadow: ShadowTable, replica: int, schema: Schema, keys: Sequence[ItemKey], *, cached: bool
    ) -> None:
        self.read_from = replica
        self.stale_items += shadow.lay_out(schema, keys, self._view_of(replica), self._now(), cached=cached)

    def _meet(self, table: str, history: ItemHistory, item: Item) -> None:
        asked = {name: item[name] for name in history.key_names}
        found = self._client.get_item(TableName=table, Key=asked, ConsistentRead=True).get("Item")
        now_s = self._now()
        history.met(history.key_of(item), found, now_s)
        self._prune(table, history, now_s)

    def _meet_all(self, table: str, history: ItemHistory) -> None:
        now_s = self._now()
        there = {history.key_of(item): item for item in self._all_of(table)}
        for key in [*history.keys(), *there]:
            history.met(key, there.get(key), now_s)
        self._prune(table, history, now_s)

    def _prune(self, table: str, history: ItemHistory, now_s: float) -> None:
        """Drop states of some items that no replica can show."""
        for key in history.due(now_s):
            history.prune(key, now_s, partial(self._may_show, table, key, now_s))
            for place, shadow in self._shadows.items():
                if place[0] == table:
                    shadow.prune(key)

    def _may_show(self, table: str, key: ItemKey, now_s: float, old: ItemChange, new: ItemChange) -> bool:
        late = (number for number in range(self._replicas()) if not self._is_fresh(table, number))
        return any(self._shadow(table, each).may_show(key, old, new, self._view_of(each), now_s) for each in late)

    def _all_of(self, table: str) -> Iterator[Item]:
        for page in self._client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            yield from page["Items"]


def _complete(schema: Schema, history: ItemHistory) -> Schema:
    """Return the schema with the types of all keys; after `update_table`, moto knows only those of that call."""
    keyed = [schema, *schema.get("GlobalSecondaryIndexes", []), *schema.get("LocalSecondaryIndexes", [])]
    defined = {each["AttributeName"]: each["AttributeType"] for each in schema["AttributeDefinitions"]}
    for name in sorted({part["AttributeName"] for each in keyed for part in each["KeySchema"]} - defined.keys()):
        defined[name] = history.type_of(name) or "S"
    definitions = [{"AttributeName": name, "AttributeType": kind} for name, kind in sorted(defined.items())]
    return {**schema, "AttributeDefinitions": definitions}
