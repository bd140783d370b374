"""A replica's view of one table, written to a table of its own so that the engine itself reads it."""

import contextlib
import itertools
import math
import random
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import partial
from operator import itemgetter
from typing import Any

from gateway_sim.replicas import Lags, View
from gateway_sim.stale_reads.item_history import ALWAYS_S, Item, ItemChange, ItemHistory, ItemKey

Schema = dict[str, Any]
"""A table's keys and indexes, in the words of `create_table`."""
Shown = Callable[[int, ItemKey, float], Item | None]
"""Decides what a replica shows of an item, by its key, at a second; None: the item is not there."""


def schema_of(client: Any, table: str) -> Schema:
    """Return the keys and indexes that a table has now."""
    shape = client.describe_table(TableName=table)["Table"]
    indexes = {
        kind: [
            {part: index[part] for part in ("IndexName", "KeySchema", "Projection")}
            for index in sorted(shape[kind], key=itemgetter("IndexName"))
        ]
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
        if shape.get(kind)
    }
    return {"KeySchema": shape["KeySchema"], "AttributeDefinitions": shape["AttributeDefinitions"], **indexes}


class ShadowTable:
    """One replica's copy of one table; the table `name` is created when it is first needed.

    `shown` decides what the copy shows, in place of the views and the cache of misses.
    """

    def __init__(
        self,
        client: Any,
        table: str,
        replica: int,
        history: ItemHistory,
        seed: int,
        miss_ttl_s: float,
        shown: Shown | None = None,
    ) -> None:
        # without a dot or a hyphen, so that PartiQL may name it where it names the table, with or without quotes
        self.name = f"{table}_replica_{replica}"
        self._client = client
        self._history = history
        self._shown = partial(shown, replica) if shown else None
        self._stream = f"{seed}/{replica}/{table}"
        self._miss_ttl_s = miss_ttl_s
        self._lags: dict[ItemKey, Lags] = {}
        self._missed_s: OrderedDict[ItemKey, float] = OrderedDict()
        self._laid: dict[ItemKey, Item] = {}
        self._schema: Schema | None = None

    def lay_out(self, schema: Schema, keys: Iterable[ItemKey], view: View, now_s: float, *, cached: bool) -> int:
        """Update the copy to what a read of these keys shows now, and return how many of them are stale.

        `cached` reads obey the cache of misses. `schema` is the table's: if its indexes have changed, the copy is made
        anew.
        """
        if schema != self._schema:
            self.drop()
            self._create(schema)
            self._schema = schema
        stale = 0
        for key in keys:
            if self._shown is not None:
                item = self._shown(key, now_s)
            else:
                item = self._seen(key, view, now_s)
                if cached:
                    item = self._through_the_cache(key, item, now_s)
            changes = self._history.of(key)
            stale += item != (changes[-1].item if changes else None)
            if item == self._laid.get(key):
                continue
            if item is None:
                self._take_out(key)
            else:
                self._client.put_item(TableName=self.name, Item=item)
                self._laid[key] = item
        return stale

    def forget_miss(self, key: ItemKey) -> None:
        """Drop the cached miss of an item that was written through this replica."""
        self._missed_s.pop(key, None)

    def may_show(self, key: ItemKey, old: ItemChange, new: ItemChange, view: View, now_s: float) -> bool:
        """Say whether a read through the view may still show `old`, which `new` has replaced."""
        lags = self._lags_of(key)
        if view.settles_at_s(new, lags) <= now_s:
            return False
        return old.at_s == ALWAYS_S or view.settles_at_s(old, lags) < math.inf

    def prune(self, key: ItemKey) -> None:
        """Drop what belongs to states of an item that the history has dropped."""
        changes = self._history.of(key)
        if changes:
            if key in self._lags:
                self._lags[key].keep({change.serial for change in changes})
            return
        self._lags.pop(key, None)
        if key in self._laid:
            self._take_out(key)

    def drop(self) -> None:
        """Delete the copy."""
        if self._schema is not None:
            # an emulator that was reset has no copy left
            with contextlib.suppress(self._client.exceptions.ResourceNotFoundException):
                self._client.delete_table(TableName=self.name)
            self._schema = None
            self._laid = {}

    def _seen(self, key: ItemKey, view: View, now_s: float) -> Item | None:
        """Return the newest state that the view shows; states from before the first read have no lag."""
        if not self._history.of(key):
            return None
        lags = self._lags_of(key)
        changes = reversed(self._history.of(key))
        return next((c.item for c in changes if c.at_s == ALWAYS_S or view.sees(c, now_s, lags)), None)

    def _lags_of(self, key: ItemKey) -> Lags:
        if key not in self._lags:
            self._lags[key] = Lags(random.Random(f"{self._stream}/{'/'.join(key)}"))
        return self._lags[key]

    def _through_the_cache(self, key: ItemKey, item: Item | None, now_s: float) -> Item | None:
        # the oldest misses come first
        while (oldest := next(iter(self._missed_s), None)) and now_s - self._missed_s[oldest] >= self._miss_ttl_s:
            del self._missed_s[oldest]
        if key in self._missed_s:
            return None
        if item is None and self._miss_ttl_s > 0:
            self._missed_s[key] = now_s
        return item

    def _take_out(self, key: ItemKey) -> None:
        """Delete an item of the copy."""
        old = self._laid.pop(key)
        gone = {name: old[name] for name in self._history.key_names}
        self._client.delete_item(TableName=self.name, Key=gone)

    def _create(self, schema: Schema) -> None:
        """Create the copy, empty; take the next name if the table exists, from another process or an earlier one."""
        wanted = self.name
        for number in itertools.count(2):
            try:
                made = self._client.create_table(TableName=self.name, BillingMode="PAY_PER_REQUEST", **schema)
            except self._client.exceptions.ResourceInUseException:
                self.name = f"{wanted}_{number}"
                continue
            # emulators answer ACTIVE; DynamoDB itself takes some seconds
            if made["TableDescription"].get("TableStatus") != "ACTIVE":
                self._client.get_waiter("table_exists").wait(
                    TableName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
                )
            return
