"""A launcher that names an address and starts no pod there: the job is RUNNING and nobody is home."""

from __future__ import annotations

from scenarios.engines.virtual.engine import VirtualLauncher
from scenarios.search.mutations import TUNED, Guard, Put

part = "control plane"
guards = [
    Guard("fresh-route", "plain", "route-not-ready", "the run finishes", TUNED, prevents=True),
    Guard("route-never-appears", "plain", "not-found", "the caller hears in time"),
]


def break_it(put: Put) -> None:
    """Start nothing."""

    async def start(self: VirtualLauncher, account: str, job: str, incarnation: int) -> str:
        return f"pod-{job}-{incarnation}:8000"

    put(VirtualLauncher, "start", start)
