"""A control plane that probes no pod: a job whose pod is dead stays RUNNING."""

from gateway_sim.control_plane.jobs.pod_watch import PodWatch
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "control plane"
guards = [Guard("worker-dies", "exactly-once", "not-found", "a dead pod is noticed in time")]
break_it = returning(PodWatch, "lost", None)
