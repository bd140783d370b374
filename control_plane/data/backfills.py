"""A backfill as an object: for each of its days an item of one DynamoDB table keyed by `name`, so it needs no terminal.

A loop in a terminal knows what it has done until the terminal closes. Here a run claims a day by a lock with a lease,
and the run that computed it reports it. Any scheduler can go on (docs/reference/stories.md §3 b).
"""

from collections.abc import Sequence
from typing import Any

from gateway_sim.control_plane.data.locks import Lock
from gateway_sim.control_plane.named_items import Item, NamedItems


class Backfill:
    """The days of one backfill: each is open, claimed by the holder of its key in `lock`, or done."""

    def __init__(self, client: Any, table: str, name: str, days: Sequence[str], lock: Lock) -> None:
        self.name = name
        self.days = days
        self._lock = lock
        self._items = NamedItems(client, table)

    def left(self) -> list[str]:
        """Return the days that are not done, by strong reads."""
        done = {item["name"]["S"].rpartition("/")[2] for item in self._known() if item["done"]["BOOL"]}
        return [day for day in self.days if day not in done]

    def next_open(self, now_s: float) -> str | None:
        """Return the first day that no run has done and none claims; it may be claimed right afterwards."""
        return next((day for day in self.left() if self._lock.holder(day, now_s) is None), None)

    def claim(self, day: str, holder: str, now_s: float) -> bool:
        """Give the day to a run that gets its key; False where another run has done or claimed it.

        The day takes the token of the lock, and refuses a claim with an older one.
        """
        token = self._lock.acquire(day, holder, now_s)
        if token is None:
            return False
        item = {"holder": {"S": holder}, "token": {"N": str(token)}, "done": {"BOOL": False}}
        values = {":token": item["token"], ":done": item["done"]}
        fence = "attribute_not_exists(#name) OR (#done = :done AND #token < :token)"
        if self._items.put(self._key(day), item, fence, values):
            return True
        self._lock.release(day, holder)
        return False

    def renew(self, day: str, holder: str, now_s: float) -> bool:
        """Extend a claim from now on; False where the day is done, or has gone to another run."""
        return self._lock.renew(day, holder, now_s)

    def finish(self, day: str, holder: str) -> bool:
        """Report the day as done; False where it has gone to another run."""
        item = {"holder": {"S": holder}, "done": {"BOOL": True}}
        done = self._items.put(self._key(day), item, "#holder = :holder", {":holder": item["holder"]})
        if done:
            self._lock.release(day, holder)
        return done

    def _known(self) -> list[Item]:
        return list(self._items.below(f"{self.name}/"))

    def _key(self, day: str) -> str:
        return f"{self.name}/{day}"
