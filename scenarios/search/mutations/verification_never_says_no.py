"""A client that ignores the control plane's answer: a gone job gets all four retries."""

from client import reconnectable
from client.verify import Reported, Unanswered, Verdict
from scenarios.search.mutations import Guard, Whole, replacing

part = "client policy warmup-verified"
guards = [Guard("job-deleted", "warmup-verified", "not-found", "a gone job fails fast")]


@replacing(reconnectable, "judge")
def break_it(_: Whole, answer: Reported | Unanswered) -> Verdict:
    """Retry always."""
    return Verdict.RETRY
