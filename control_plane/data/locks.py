"""A lock: each of its keys has one holder at a time, for a lease, in an item of a DynamoDB table keyed by `name`.

A key is acquired, renewed and released by conditional writes (docs/reference/stories.md §3 b). Each acquisition has a
greater token than those before, so a store can refuse a holder that lost the key without knowing it.
"""

from typing import Any, Protocol

from gateway_sim.control_plane.named_items import Item, NamedItems


class Lock(Protocol):
    """Keys with one holder at a time; `now_s` is the caller's clock, and holders have names, new for each attempt."""

    def holder(self, key: str, now_s: float) -> str | None:
        """Return the holder of a key; None where it is free, or its lease has ended."""
        ...

    def acquire(self, key: str, holder: str, now_s: float) -> int | None:
        """Become the holder of a free key; return a token greater than its last one. None where the key is held."""
        ...

    def renew(self, key: str, holder: str, now_s: float) -> bool:
        """Extend the lease from now on; False where the key has gone to another holder, or was released."""
        ...

    def release(self, key: str, holder: str) -> bool:
        """Free a key; False for one that is not its holder."""
        ...


class LeasedLock:
    """The keys of the lock `name`, each held for `lease_s` seconds from its acquisition or last renewal."""

    def __init__(self, client: Any, table: str, name: str, *, lease_s: float) -> None:
        self.name = name
        self._lease_s = lease_s
        self._items = NamedItems(client, table)

    def holder(self, key: str, now_s: float) -> str | None:
        """Return the holder of a key, by a strong read."""
        item = self._items.get(self._key(key))
        return item["holder"]["S"] if item and self._held(item, now_s) else None

    def acquire(self, key: str, holder: str, now_s: float) -> int | None:
        """Become the holder of a free key, in one conditional write."""
        name = self._key(key)
        seen = self._items.get(name)
        if seen is None:
            return 1 if self._items.put(name, self._item(holder, now_s, 1), "attribute_not_exists(#name)") else None
        if self._held(seen, now_s):
            return None
        token = int(seen["token"]["N"]) + 1
        # a renewal keeps the token
        values = {":token": seen["token"], ":until_s": seen["until_s"]}
        condition = "#token = :token AND #until_s = :until_s"
        return token if self._items.put(name, self._item(holder, now_s, token), condition, values) else None

    def renew(self, key: str, holder: str, now_s: float) -> bool:
        """Extend the lease of a holder."""
        return self._change(key, holder, holder, now_s)

    def release(self, key: str, holder: str) -> bool:
        """Free a key, and keep its token for the next holder's; what has no holder is free at any time."""
        return self._change(key, holder, "", 0.0)

    def _change(self, key: str, holder: str, after: str, now_s: float) -> bool:
        seen = self._items.get(self._key(key))
        if seen is None or seen["holder"]["S"] != holder:
            return False
        item = self._item(after, now_s, int(seen["token"]["N"]))
        values = {":token": seen["token"], ":holder": seen["holder"]}
        return self._items.put(self._key(key), item, "#token = :token AND #holder = :holder", values)

    def _held(self, item: Item, now_s: float) -> bool:
        return bool(item["holder"]["S"]) and float(item["until_s"]["N"]) > now_s

    def _key(self, key: str) -> str:
        return f"{self.name}/{key}"

    def _item(self, holder: str, now_s: float, token: int) -> Item:
        return {"holder": {"S": holder}, "until_s": {"N": repr(now_s + self._lease_s)}, "token": {"N": str(token)}}
