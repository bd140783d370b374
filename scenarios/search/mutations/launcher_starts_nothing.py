"""A launcher that names an address and starts no pod there: the job is RUNNING without a pod."""

from scenarios.engines.virtual.engine import VirtualLauncher
from scenarios.search.mutations import TUNED, Guard, Original, replacing

part = "control plane"
guards = [
    Guard("fresh-route", "plain", "route-not-ready", "the run finishes", TUNED, prevents=True),
    Guard("route-never-appears", "plain", "not-found", "the caller is answered in time"),
]


@replacing(VirtualLauncher, "start")
async def break_it(_: Original, self: VirtualLauncher, account: str, job: str, incarnation: int) -> str:
    """Start nothing."""
    return f"pod-{job}-{incarnation}:8000"
