"""A gateway replica that did not see a route once never sees it again."""

from gateway_sim.replicas import Replica
from gateway_sim.route_table import Route, RouteKey
from gateway_sim.scenarios.search.mutations import TUNED, Guard, Put

part = "gateway"
guards = [
    Guard(race, "plain", "route-not-ready", "the run finishes", TUNED)
    for race in ("fresh-route", "connect-404", "pinned-connection", "many-replicas")
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
