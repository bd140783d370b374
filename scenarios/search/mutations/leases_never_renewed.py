"""A control plane that gives each route a lease and renews none."""

from gateway_sim.control_plane.jobs.leases import Leases
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "control plane"
guards = [Guard("skewed-lease", "exactly-once", "not-found", "the run finishes")]
break_it = returning(Leases, "keep", None)
