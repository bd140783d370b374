"""A gateway replica that did not see a route once never sees it again."""

from gateway_sim.replicas import Replica
from gateway_sim.route_table import Route, RouteKey
from scenarios.search.mutations import TUNED, Guard, Put

part = "gateway"
guards = [
    Guard("fresh-route", "plain", "route-not-ready", "the run finishes", TUNED),
    Guard("connect-404", "plain", "route-not-ready", "the run finishes", TUNED),
    Guard("pinned-connection", "plain", "route-not-ready", "the run finishes", TUNED),
    Guard("many-replicas", "plain", "route-not-ready", "the run finishes", TUNED),
]


def break_it(put: Put) -> None:
    """Remember each miss."""
    read = Replica.read
    missed: set[tuple[str, RouteKey]] = set()

    def read_once(self: Replica, key: RouteKey, now_s: float) -> Route | None:
        route = None if (self.name, key) in missed else read(self, key, now_s)
        if route is None:
            missed.add((self.name, key))
        return route

    put(Replica, "read", read_once)
