"""A client that ignores the control plane's answer: a gone job gets all four retries."""

from client import reconnectable
from client.verify import Verdict
from scenarios.search.mutations import Guard, returning

part = "client policy warmup-verified"
guards = [Guard("job-deleted", "warmup-verified", "not-found", "a gone job fails fast")]
break_it = returning(reconnectable, "judge", Verdict.RETRY)
