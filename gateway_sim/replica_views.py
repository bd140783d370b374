"""The periods in which a replica showed one state of a route, rebuilt after the run from its logs. Pure.

Reads record nothing, so the analysis changes no run. The periods follow from the changes to the table, the times at
which each settles under the view of that time, the strong reads that the replica learned from, and its clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from gateway_sim.leases import judged
from gateway_sim.replicas import Replica, freshness
from gateway_sim.route_table import Route, RouteKey


@dataclass(frozen=True)
class Period:
    """A period in which the replica showed one state: a route, an EXPIRED one, a tombstone or None.

    `seen` is without its lease. `stale`: the table held a newer state. `wavering`: reads within the period disagreed
    about that state.
    """

    from_s: float
    to_s: float
    seen: Route | None
    stale: bool
    wavering: bool


def replica_views(replica: Replica, key: RouteKey, from_s: float, to_s: float) -> Iterator[Period]:
    """Yield the periods of `key` on `replica` from `from_s` to `to_s`, without gaps; adjacent ones differ."""
    pieces = (_between(replica, key, *ends) for ends in pairwise(_edges(replica, key, from_s, to_s)))
    for _, equal in groupby(pieces, key=lambda piece: (piece.seen, piece.stale, piece.wavering)):
        first, *others = equal
        yield replace(first, to_s=others[-1].to_s) if others else first


def _edges(replica: Replica, key: RouteKey, from_s: float, to_s: float) -> list[float]:
    """Return every second at which the state may change, in order, both ends included."""
    changes = replica.history.of(key)
    edges = {from_s, to_s, *(change.at_s for change in changes)}
    edges |= {turn.at_s for turn in replica.view_changes}
    edges |= {turn.settles_at_s(change, replica.lags) for turn in replica.view_changes for change in changes}
    edges |= {at_s for at_s, route in replica.lessons if route.key == key}
    edges |= set(_lease_edges(replica, key))
    edges |= {second for blind, *ends in replica.blind if blind == key for second in ends}
    return sorted(second for second in edges if from_s <= second <= to_s)


def _lease_edges(replica: Replica, key: RouteKey) -> Iterator[float]:
    """Yield the seconds at which a lease ends by the replica's clock, or the clock is set."""
    routes = [change.route for change in replica.history.of(key)] + [route for _, route in replica.lessons]
    leases = {route.lease_until_s for route in routes if route.lease_until_s}
    for at_s, ahead_s in replica.clock.changes if leases else ():
        yield at_s
        yield from (until_s - replica.clock.zero_s - ahead_s for until_s in leases)


def _between(replica: Replica, key: RouteKey, left_s: float, right_s: float) -> Period:
    """Return the period between two seconds within which nothing changes."""
    middle_s = (left_s + right_s) / 2
    turn = [turn for turn in replica.view_changes if turn.at_s <= middle_s][-1]
    written = [change for change in replica.history.of(key) if change.at_s <= middle_s]
    settled = [change for change in written if turn.settles_at_s(change, replica.lags) <= middle_s]
    seen = settled[-1].route if settled else None
    taught = [route for at_s, route in replica.lessons if route.key == key and at_s <= middle_s]
    if any(k == key and start_s <= middle_s < end_s for k, start_s, end_s in replica.blind):
        seen, taught = None, []
    for route in taught:
        seen = route if seen is None else max(seen, route, key=freshness)
    stale = bool(written) and _without_lease(seen) != _without_lease(written[-1].route)
    ahead_s = [ahead_s for at_s, ahead_s in replica.clock.changes if at_s <= middle_s][-1]
    taken = _without_lease(judged(seen, replica.clock.zero_s + middle_s + ahead_s))
    return Period(left_s, right_s, taken, stale, stale and turn.view.wavers)


def _without_lease(route: Route | None) -> Route | None:
    return route if route is None or not route.lease_until_s else replace(route, lease_until_s=0.0)
