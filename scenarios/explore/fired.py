"""Whether what goes wrong in a world did touch its run: a fault that nobody met has proved nothing."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_sim.events import RequestForwarded, RouteMissed, RoutePublished
from scenarios.events import FaultInjected, FaultLifted, MissesRemembered, RunFailed, RunFinished
from scenarios.explore.acts import VERBS
from scenarios.explore.drawn import DrawnWorld
from scenarios.world.trace import Entry, Trace

LAG, CACHE = "lag", "negative-cache"


def faults_of(world: DrawnWorld) -> list[str]:
    """Return the names of all that goes wrong in a world."""
    s = world.settings
    late = s.stale and (s.lag_s or s.law == "simpledb-step")
    around = [LAG] * bool(late) + [CACHE] * bool(s.stale and s.negative_ttl_s)
    return around + [act.verb for act in world.acts]


def idle_faults(world: DrawnWorld, trace: Trace) -> list[str]:
    """Return the faults of a world that its run never met."""
    return [name for name in faults_of(world) if not _fired(name, world, trace)]


def _fired(name: str, world: DrawnWorld, trace: Trace) -> bool:
    if name == LAG:
        return any(_late_sights(world, trace))
    if name == CACHE:
        return trace.reached(MissesRemembered)
    verb = VERBS[name]
    within = _while_it_lasts(name, trace) if verb.fault is not None else _while_it_runs(trace)
    return any(isinstance(entry.event, verb.proof) for entry in within)


def _while_it_runs(trace: Trace) -> Iterator[Entry]:
    """Yield what happened until the user's script ended."""
    for entry in trace.entries:
        if isinstance(entry.event, RunFinished | RunFailed):
            return
        yield entry


def _while_it_lasts(fault: str, trace: Trace) -> Iterator[Entry]:
    """Yield what happened from a fault's injection until it was lifted."""
    lasting = False
    for entry in trace.entries:
        event = entry.event
        if isinstance(event, FaultInjected | FaultLifted) and event.fault == fault:
            lasting = isinstance(event, FaultInjected)
        elif lasting:
            yield entry


def _late_sights(world: DrawnWorld, trace: Trace) -> Iterator[Entry]:
    """Yield each request that a late replica missed a standing route for, or sent to an older generation's pod."""
    s = world.settings
    late = {f"gw-{n}" for n in range(s.replicas - s.stale, s.replicas)}
    standing: dict[tuple[str, str], int] = {}
    for entry in trace.of(RoutePublished, RouteMissed, RequestForwarded):
        event = entry.event
        job = (event.account, event.job)
        if isinstance(event, RoutePublished):
            standing[job] = event.generation
        elif event.replica in late and job in standing:
            older = isinstance(event, RequestForwarded) and event.generation < standing[job]
            if older or isinstance(event, RouteMissed):
                yield entry
