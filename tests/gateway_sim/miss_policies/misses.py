"""Misses and routes for the tests of miss policies."""

from typing import Any, get_args

from gateway_sim.legs import Leg
from gateway_sim.miss_policies import Miss
from gateway_sim.route_table import Route, RouteKey

KEY = RouteKey("acme", "job-1")
LEGS = get_args(Leg)


def route(state: Any, generation: int = 1) -> Route:
    """Return the job's route in a state."""
    return Route("acme", "job-1", generation, state, "pod:1" if state == "READY" else "")


def miss(leg: Leg = "dispatch", waited_s: float = 0.0, seen: Route | None = None, **known: Any) -> Miss:
    """Return a miss on this leg that has waited so long."""
    return Miss(KEY, leg, waited_s, seen, **known)
