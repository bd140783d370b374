"""The gateway's replicas of a world, and the report of what each of them saw."""

import asyncio
from collections.abc import Callable, Sequence

from gateway_sim import lag
from gateway_sim.events import RouteBelieved
from gateway_sim.leases import ReaderClock
from gateway_sim.negative_cache import CachingReplica
from gateway_sim.replica_views import replica_views
from gateway_sim.replicas import Fresh, Lagging, Replica
from gateway_sim.route_table import History
from gateway_sim.scenarios.sim import events, lease_events
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.world.settings import Settings


def gateway_replicas(settings: Settings, seeds: Seeds, history: History, zero_s: float) -> list[Replica]:
    """Return the replicas: the last `stale` of them lag and may cache misses, the others are fresh.

    `zero_s` is the time of day at the loop's 0 s; every replica's clock is right.
    """
    replicas = [_replica(n, settings, seeds, history) for n in range(settings.replicas)]
    for replica in replicas:
        replica.clock = ReaderClock(zero_s)
    return replicas


def _replica(n: int, s: Settings, seeds: Seeds, history: History) -> Replica:
    rng = seeds.stream(f"replica.{n}.lag")
    if n < s.replicas - s.stale:
        return Replica(f"gw-{n}", history, Fresh(), rng)
    view = Lagging(lag.BY_NAME[s.law](s.lag_s))
    if s.negative_ttl_s:
        return CachingReplica(f"gw-{n}", history, view, rng, miss_ttl_s=s.negative_ttl_s)
    return Replica(f"gw-{n}", history, view, rng)


def report_views(replicas: Sequence[Replica], history: History, began_s: float, emit: Callable[[object], None]) -> None:
    """Report each replica's views of each route over time, and its number of outdated reads."""
    now_s = asyncio.get_running_loop().time()
    for replica in replicas:
        if replica.lagged:
            emit(events.RoutesLagged(replica.name, replica.lagged))
        if replica.cut_off:
            emit(events.RoutesCutOff(replica.name, replica.cut_off))
        if replica.clock.misjudged:
            emit(lease_events.LeasesMisjudged(replica.name, replica.clock.misjudged))
        for key in history.changes:
            for b in replica_views(replica, key, began_s, now_s):
                emit(
                    RouteBelieved(
                        replica.name, key.account, key.job, b.seen.state if b.seen else "nothing",
                        b.seen.generation if b.seen else 0, b.stale, b.wavering,
                        round(b.from_s - began_s, 6), round(b.to_s - began_s, 6),
                    )
                )  # fmt: skip
