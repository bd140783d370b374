"""A cache in front of the route table that keeps misses, as DAX does (docs/reference/findings.md §4)."""

import random

from gateway_sim.replicas import Replica, View
from gateway_sim.route_table import History, Route, RouteKey


class CachingReplica(Replica):
    """A replica that keeps a miss for `miss_ttl_s` seconds, so a request before the route makes it visible later.

    Only misses are cached. A strong read bypasses the cache, and the route that it finds replaces the miss.
    """

    def __init__(self, name: str, history: History, view: View, rng: random.Random, *, miss_ttl_s: float) -> None:
        super().__init__(name, history, view, rng)
        self._miss_ttl_s = miss_ttl_s
        self._missed_s: dict[RouteKey, float] = {}
        self.hidden = 0
        """Reads answered by a cached miss though the table would have shown a route."""

    def learn(self, route: Route, now_s: float) -> None:
        """Keep a strongly read route, and drop its cached miss."""
        if self._missed_s.pop(route.key, None) is not None:
            self.blind[:] = [
                (k, from_s, min(to_s, now_s) if k == route.key else to_s) for k, from_s, to_s in self.blind
            ]
        super().learn(route, now_s)

    def peek(self, key: RouteKey, now_s: float) -> Route | None:
        """Return what the replica sees, or None while a miss is cached."""
        return None if self._remembers(key, now_s) else super().peek(key, now_s)

    def read(self, key: RouteKey, now_s: float) -> Route | None:
        """Return what a peek shows; the first read that finds nothing caches the miss."""
        if self._remembers(key, now_s):
            self.hidden += super().peek(key, now_s) is not None
            return None
        seen = super().read(key, now_s)
        if seen is None:
            self._missed_s[key] = now_s
            self.blind.append((key, now_s, now_s + self._miss_ttl_s))
        return seen

    def _remembers(self, key: RouteKey, now_s: float) -> bool:
        missed_s = self._missed_s.get(key)
        return missed_s is not None and now_s - missed_s < self._miss_ttl_s
