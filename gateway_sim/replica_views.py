"""What a replica showed of a route, stretch by stretch, rebuilt after the run from its logs. Pure.

Nothing is recorded during reads, so the record changes no run: the stretches follow from the changes to the table,
from when each settles under the view of the moment, and from what the replica was taught.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from gateway_sim.replicas import Replica, age
from gateway_sim.route_table import Route, RouteKey


@dataclass(frozen=True)
class Belief:
    """What was seen between two seconds: a route, a tombstone or nothing.

    `stale` says that the table held something newer, `wavering` that reads of that stretch did not agree about it.
    """

    from_s: float
    to_s: float
    seen: Route | None
    stale: bool
    wavering: bool


def replica_views(replica: Replica, key: RouteKey, from_s: float, to_s: float) -> Iterator[Belief]:
    """Yield what `replica` believed of `key`, from `from_s` to `to_s`, without a gap; neighbours differ."""
    open_: Belief | None = None
    edges = _edges(replica, key, from_s, to_s)
    for left_s, right_s in pairwise(edges):
        now = _between(replica, key, left_s, right_s)
        if open_ and (open_.seen, open_.stale, open_.wavering) == (now.seen, now.stale, now.wavering):
            open_ = Belief(open_.from_s, right_s, now.seen, now.stale, now.wavering)
            continue
        if open_:
            yield open_
        open_ = now
    if open_:
        yield open_


def _edges(replica: Replica, key: RouteKey, from_s: float, to_s: float) -> list[float]:
    """Return every second at which a belief can change, ends included, in order."""
    changes = replica.history.of(key)
    edges = {from_s, to_s, *(change.at_s for change in changes)}
    edges |= {turn.at_s for turn in replica.view_changes}
    edges |= {turn.settles_at_s(change, replica.lags) for turn in replica.view_changes for change in changes}
    edges |= {at_s for at_s, route in replica.lessons if route.key == key}
    edges |= {second for blind, *ends in replica.blind if blind == key for second in ends}
    return sorted(second for second in edges if from_s <= second <= to_s)


def _between(replica: Replica, key: RouteKey, left_s: float, right_s: float) -> Belief:
    """Return the belief of a stretch in which nothing changes."""
    middle_s = (left_s + right_s) / 2
    turn = [turn for turn in replica.view_changes if turn.at_s <= middle_s][-1]
    written = [change for change in replica.history.of(key) if change.at_s <= middle_s]
    settled = [change for change in written if turn.settles_at_s(change, replica.lags) <= middle_s]
    seen = settled[-1].route if settled else None
    taught = [route for at_s, route in replica.lessons if route.key == key and at_s <= middle_s]
    if any(k == key and start_s <= middle_s < end_s for k, start_s, end_s in replica.blind):
        seen, taught = None, []
    for route in taught:
        seen = route if seen is None else max(seen, route, key=age)
    stale = bool(written) and seen != written[-1].route
    return Belief(left_s, right_s, seen, stale, stale and turn.view.wavers)
