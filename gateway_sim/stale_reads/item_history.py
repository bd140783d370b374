"""The states of each item of a table with their times; replicas show older ones. Pure."""

import itertools
import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

Item = Mapping[str, Any]
ItemKey = tuple[str, ...]

ALWAYS_S = -math.inf
"""The time of a change from before the first read of the table, or from before the states that are kept."""

LOOKS = 4
"""How often `ItemHistory.due` gives an item within `keep_s`."""
DUE_AT_ONCE = 16
"""Items that `ItemHistory.due` returns at most, so that no call waits for the items of many others."""


@dataclass(frozen=True)
class ItemChange:
    """A new state of an item; `item` is None for a deletion, `serial` numbers the item's changes."""

    serial: int
    at_s: float
    item: Item | None


class ItemHistory:
    """The states of a table's items since its first read, by key.

    Every state is kept until `prune` drops it, which it may do `keep_s` seconds after another state has replaced it.
    """

    def __init__(self, key_names: Sequence[str], items: Iterable[Item], keep_s: float = math.inf) -> None:
        self.key_names = tuple(sorted(key_names))
        self._keep_s = keep_s
        self._changes: dict[ItemKey, list[ItemChange]] = {}
        # items with states to drop later, in the order of their times
        self._looked_s: OrderedDict[ItemKey, float] = OrderedDict()
        for item in items:
            self.met(self.key_of(item), item, ALWAYS_S)

    def key_of(self, item: Item) -> ItemKey:
        """Return the key of an item or of a request's `Key`, one text for each attribute; 1 and 1.0 are one key."""
        return tuple(_word(item[name]) for name in self.key_names)

    def keys(self) -> list[ItemKey]:
        """Return the keys of all items so far, deleted ones included, oldest first."""
        return list(self._changes)

    def states(self) -> int:
        """Return how many states are kept, of all items."""
        return sum(map(len, self._changes.values()))

    def of(self, key: ItemKey) -> Sequence[ItemChange]:
        """Return the changes of an item, oldest first; empty if it never existed."""
        return self._changes.get(key, ())

    def type_of(self, attribute: str) -> str | None:
        """Return DynamoDB's type of an attribute, by the items that have it; None if no item has."""
        items = (change.item for changes in self._changes.values() for change in changes if change.item)
        return next((next(iter(item[attribute])) for item in items if attribute in item), None)

    def met(self, key: ItemKey, item: Item | None, now_s: float) -> None:
        """Record the item's current state, None if it does not exist; an unchanged state is no change."""
        known = self._changes.get(key, [])
        if item != (known[-1].item if known else None):
            serial = known[-1].serial + 1 if known else 0
            self._changes.setdefault(key, []).append(ItemChange(serial, now_s, item))
            if self._keep_s < math.inf and now_s > ALWAYS_S:
                self._looked_s.setdefault(key, now_s)

    def due(self, now_s: float) -> Iterator[ItemKey]:
        """Give the keys of some items to `prune` now."""
        for _ in range(DUE_AT_ONCE):
            key = next(iter(self._looked_s), None)
            if key is None or self._looked_s[key] >= now_s - self._keep_s / LOOKS:
                return
            del self._looked_s[key]
            yield key

    def prune(self, key: ItemKey, now_s: float, may_show: Callable[[ItemChange, ItemChange], bool]) -> None:
        """Drop the states of an item that were replaced more than `keep_s` seconds ago.

        The newest is kept, and so is a state of which `may_show(state, next state)` says that a replica may still show
        it. A deleted item whose earlier states are all dropped is forgotten.
        """
        changes = self._changes[key]
        if changes[0].at_s > ALWAYS_S:
            changes = [ItemChange(changes[0].serial - 1, ALWAYS_S, None), *changes]
        kept = [
            old for old, new in itertools.pairwise(changes) if new.at_s >= now_s - self._keep_s or may_show(old, new)
        ]
        # every replica shows the first that is kept, or a newer one
        first, *later = [*kept, changes[-1]]
        self._changes[key] = [replace(first, at_s=ALWAYS_S), *later] if first.item is not None else later
        if later:
            self._looked_s[key] = now_s
        elif first.item is None:
            del self._changes[key]


def _word(value: Any) -> str:
    """Return a key attribute's text; equal values of a client and of a resource give equal texts."""
    if isinstance(value, Mapping):
        ((kind, inner),) = value.items()
        return _word(Decimal(inner)) if kind == "N" else _word(inner)
    if isinstance(value, int | Decimal):
        return f"N {Decimal(value).normalize()}"
    return f"B {bytes(value).hex()}" if isinstance(value, bytes | bytearray) else f"S {value}"
