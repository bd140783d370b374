"""A launcher that names an address and starts no pod there: the job is RUNNING without a pod."""

from gateway_sim.scenarios.engines.virtual.engine import VirtualLauncher
from gateway_sim.scenarios.search.mutations import TUNED, Guard, returning

part = "control plane"
guards = [
    Guard("fresh-route", "plain", "route-not-ready", "the run finishes", TUNED, prevents=True),
    Guard("route-never-appears", "plain", "not-found", "the caller is answered in time"),
]
break_it = returning(VirtualLauncher, "start", "pod-job-1-1:8000")
