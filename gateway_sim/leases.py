"""The leases of routes: a reader judges by its own clock whether its copy of a route may still be believed. Pure.

A lease bounds how long a copy is believed. What a strong read returns is no copy: the table is authoritative about
generation and state, so that a reader's wrong clock does not count there.
"""

import math
from dataclasses import replace

from gateway_sim.route_table import Route


def judged(route: Route | None, time_of_day_s: float) -> Route | None:
    """Return the route as a reader takes it at this time of day: EXPIRED, without an address, if its lease ended."""
    if route is None or route.state != "READY" or not 0.0 < route.lease_until_s <= time_of_day_s:
        return route
    return replace(route, state="EXPIRED", address="", endpoints=())


class ReaderClock:
    """A reader's clock, which is `ahead_s` ahead of the control plane's (negative: behind).

    `zero_s` is the control plane's time of day at the loop's 0 s. `changes` is a log of the loop's seconds and of
    `ahead_s` from then on. `misjudged` counts the reads in which the control plane's clock would have judged otherwise.
    """

    def __init__(self, zero_s: float = 0.0) -> None:
        self.zero_s = zero_s
        self.ahead_s = 0.0
        self.changes: list[tuple[float, float]] = [(-math.inf, 0.0)]
        self.misjudged = 0

    def shift(self, by_s: float, now_s: float) -> None:
        """Set the clock forward from `now_s` on, or back if `by_s` is negative."""
        # to the microsecond, so that skews that cancel out leave 0
        self.ahead_s = round(self.ahead_s + by_s, 6)
        self.changes.append((now_s, self.ahead_s))

    def judge(self, route: Route | None, now_s: float) -> Route | None:
        """Return a route that was read at the loop's second `now_s` as this clock judges it, without counting."""
        return judged(route, self.zero_s + now_s + self.ahead_s)

    def read(self, route: Route | None, now_s: float) -> Route | None:
        """Return a route as `judge` does, and count it if the clock is wrong and the control plane's says otherwise."""
        taken = self.judge(route, now_s)
        if self.ahead_s and taken != judged(route, self.zero_s + now_s):
            self.misjudged += 1
        return taken

    def ended_s(self, route: Route, now_s: float) -> float:
        """Return how long ago the route's lease ended by this clock, in seconds."""
        return self.zero_s + now_s + self.ahead_s - route.lease_until_s
