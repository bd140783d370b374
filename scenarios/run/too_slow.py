"""What to raise where a live race did not take place: a busy machine was slower than a time of its world. Pure."""

import math
from collections.abc import Sequence
from dataclasses import replace

from gateway_sim.events import RequestForwarded, RouteMissed, RoutePublished
from gateway_sim.scenarios.judge.verdict import Broken
from gateway_sim.scenarios.sim.events import FaultInjected, FaultLifted
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.settings import Settings


def with_remedy(found: Sequence[Broken], trace: Trace, settings: Settings) -> list[Broken]:
    """Return what a live run broke; that no route was missed is told with the setting to raise."""
    raised = "" if trace.reached(RouteMissed) else what_to_raise(trace, settings)
    return [
        replace(one, message=f"{one.message}; {raised}")
        if raised and one.message.endswith(RouteMissed.__name__)
        else one
        for one in found
    ]


def what_to_raise(trace: Trace, settings: Settings) -> str:
    """Return the setting to raise, with a value twice as long as this machine needed; "" where none would help."""
    begun = next(trace.of(FaultInjected), None)
    if begun is not None:
        lifted = next((entry.at_s for entry in trace.of(FaultLifted) if entry.event.fault == begun.event.fault), None)
        came_s = _first_request_s(trace, lifted)
        if lifted is None or came_s is None:
            return ""
        took_s, since = came_s - begun.at_s, f"the fault {begun.event.fault} began at {begun.at_s:.3f} s"
        return f"{since}, and the next request came at {came_s:.3f} s: raise fault_s, --set fault_s={_twice(took_s)}"
    published = next((entry.at_s for entry in trace.of(RoutePublished) if entry.event.address), None)
    lagging = {f"gw-{number}" for number in range(settings.replicas - settings.stale, settings.replicas)}
    came_s = next((e.at_s for e in trace.of(RequestForwarded) if e.event.replica in lagging), None)
    if published is None or came_s is None or not settings.lag_s:
        return ""
    since = f"the route was published at {published:.3f} s"
    asked = f"a replica that lags was first asked at {came_s:.3f} s"
    return f"{since}, and {asked}: raise lag_s, --set lag_s={_twice(came_s - published)}"


def _first_request_s(trace: Trace, after_s: float | None) -> float | None:
    if after_s is None:
        return None
    return next((entry.at_s for entry in trace.of(RequestForwarded) if entry.at_s >= after_s), None)


def _twice(seconds: float) -> int:
    return math.ceil(2 * seconds)
