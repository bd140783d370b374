"""The states of each item of a table with their times; replicas show older ones. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Item = Mapping[str, Any]
ItemKey = tuple[str, ...]

ALWAYS_S = -math.inf
"""The time of a change from before the first read of the table."""


@dataclass(frozen=True)
class ItemChange:
    """A new state of an item; `item` is None for a deletion, `serial` numbers the item's changes."""

    serial: int
    at_s: float
    item: Item | None


class ItemHistory:
    """Every state of a table's items since its first read, by key."""

    def __init__(self, key_names: Sequence[str], items: Iterable[Item]) -> None:
        self.key_names = tuple(sorted(key_names))
        self._changes: dict[ItemKey, list[ItemChange]] = {}
        for item in items:
            self.met(self.key_of(item), item, ALWAYS_S)

    def key_of(self, item: Item) -> ItemKey:
        """Return the key of an item or of a request's `Key`, one text for each attribute; 1 and 1.0 are one key."""
        return tuple(_word(item[name]) for name in self.key_names)

    def keys(self) -> list[ItemKey]:
        """Return the keys of all items so far, deleted ones included, oldest first."""
        return list(self._changes)

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
            self._changes.setdefault(key, []).append(ItemChange(len(known), now_s, item))


def _word(value: Any) -> str:
    """Return a key attribute's text; equal values of a client and of a resource give equal texts."""
    if isinstance(value, Mapping):
        ((kind, inner),) = value.items()
        return _word(Decimal(inner)) if kind == "N" else _word(inner)
    if isinstance(value, int | Decimal):
        return f"N {Decimal(value).normalize()}"
    return f"B {bytes(value).hex()}" if isinstance(value, bytes | bytearray) else f"S {value}"
