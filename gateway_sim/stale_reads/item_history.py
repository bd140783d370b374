"""What each item of a table was, and since when: the truth, of which replicas show older states. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Item = Mapping[str, Any]
ItemKey = tuple[str, ...]

ALWAYS_S = -math.inf
"""When the items were written that a table held when it was first seen."""


@dataclass(frozen=True)
class ItemChange:
    """A state that an item entered; `item` is None where it was deleted, `serial` counts the item's own changes."""

    serial: int
    at_s: float
    item: Item | None


class ItemHistory:
    """Every state of a table's items, by key, since the table was first seen."""

    def __init__(self, key_names: Sequence[str], items: Iterable[Item]) -> None:
        self.key_names = tuple(sorted(key_names))
        self._changes: dict[ItemKey, list[ItemChange]] = {}
        for item in items:
            self.met(self.key_of(item), item, ALWAYS_S)

    def key_of(self, item: Item) -> ItemKey:
        """Return the key of an item, or of a request's `Key`, one word for each attribute; 1 and 1.0 are one key."""
        return tuple(_word(item[name]) for name in self.key_names)

    def keys(self) -> list[ItemKey]:
        """Return the keys of all items that were ever seen, oldest first."""
        return list(self._changes)

    def of(self, key: ItemKey) -> Sequence[ItemChange]:
        """Return the states of an item, oldest first; none where there never was one."""
        return self._changes.get(key, ())

    def met(self, key: ItemKey, item: Item | None, now_s: float) -> None:
        """Know that the item is this now, or that there is none; a change only if it was something else."""
        known = self._changes.get(key, [])
        if item != (known[-1].item if known else None):
            self._changes.setdefault(key, []).append(ItemChange(len(known), now_s, item))


def _word(value: Any) -> str:
    """Write a key's attribute, as a client gives it or as a resource does, so that equal keys are equal words."""
    if isinstance(value, Mapping):
        ((kind, inner),) = value.items()
        return _word(Decimal(inner)) if kind == "N" else _word(inner)
    if isinstance(value, int | Decimal):
        return f"N {Decimal(value).normalize()}"
    return f"B {bytes(value).hex()}" if isinstance(value, bytes | bytearray) else f"S {value}"
