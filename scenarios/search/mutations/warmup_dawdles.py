"""A client whose warm-up waits ten seconds between two successes."""

from gateway_sim.client.warmup import Warmup
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "client policy warmup-verified"
guards = [Guard("healthy", "warmup-verified", "not-found", "the healthy run pays at most the warm up")]
break_it = returning(Warmup, "wait_s", 10.0)
