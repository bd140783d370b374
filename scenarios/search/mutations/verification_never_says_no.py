"""A client that ignores the control plane's answer: a gone job gets all four retries."""

from gateway_sim.client import reconnectable
from gateway_sim.client.verify import Verdict
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "client policy warmup-verified"
guards = [Guard("job-deleted", "warmup-verified", "not-found", "a gone job fails fast")]
break_it = returning(reconnectable, "judge", Verdict.RETRY)
