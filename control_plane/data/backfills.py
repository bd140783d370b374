"""A backfill as an object: for each of its days an item of one DynamoDB table keyed by `name`, so it needs no terminal.

A loop in a terminal knows what it has done until the terminal closes. Here a day is claimed by one conditional write,
for the time of a lease, and the run that computed it reports it. Any scheduler can go on (docs/reference/stories.md
§3 b).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway_sim.control_plane.named_items import Item, NamedItems


class Backfill:
    """The days of one backfill: each is open, claimed until a second, or done."""

    def __init__(self, client: Any, table: str, name: str, days: Sequence[str], *, lease_s: float) -> None:
        self.name = name
        self.days = days
        self._lease_s = lease_s
        self._items = NamedItems(client, table)

    def left(self) -> list[str]:
        """Return the days that are not done, by strong reads."""
        known = self._known()
        return [day for day in self.days if not (day in known and known[day]["done"]["BOOL"])]

    def next_open(self, now_s: float) -> str | None:
        """Return the first day that no run has done and none claims; it may be claimed right afterwards."""
        return next(self._open(self._known(), now_s), None)

    def claim(self, day: str, holder: str, now_s: float) -> bool:
        """Give the day to a run in one conditional write; False where another run has done or claimed it."""
        known = self._known()
        if day not in self._open(known, now_s):
            return False
        item = self._item(holder, now_s + self._lease_s, done=False)
        if day not in known:
            return self._items.put(self._key(day), item, "attribute_not_exists(#name)")
        seen = {":until_s": known[day]["until_s"], ":holder": known[day]["holder"]}
        return self._items.put(self._key(day), item, "#holder = :holder AND #until_s = :until_s", seen)

    def renew(self, day: str, holder: str, now_s: float) -> bool:
        """Extend a claim from now on; False where the day is done, or has gone to another run."""
        item = self._item(holder, now_s + self._lease_s, done=False)
        seen = {":holder": item["holder"], ":done": item["done"]}
        return self._items.put(self._key(day), item, "#holder = :holder AND #done = :done", seen)

    def finish(self, day: str, holder: str, now_s: float) -> bool:
        """Report the day as done; False where it has gone to another run."""
        item = self._item(holder, now_s, done=True)
        return self._items.put(self._key(day), item, "#holder = :holder", {":holder": item["holder"]})

    def _known(self) -> dict[str, Item]:
        return {item["name"]["S"].rpartition("/")[2]: item for item in self._items.below(f"{self.name}/")}

    def _open(self, known: dict[str, Item], now_s: float) -> Iterator[str]:
        for day in self.days:
            item = known.get(day)
            if item is None or not (item["done"]["BOOL"] or float(item["until_s"]["N"]) > now_s):
                yield day

    def _key(self, day: str) -> str:
        return f"{self.name}/{day}"

    @staticmethod
    def _item(holder: str, until_s: float, *, done: bool) -> Item:
        return {"holder": {"S": holder}, "until_s": {"N": repr(until_s)}, "done": {"BOOL": done}}
