"""A client that retries whatever the control plane says: a job that is gone gets all four retries."""

from __future__ import annotations

from client import reconnectable
from client.verify import Reported, Unanswered, Verdict
from scenarios.search.mutations import Guard, Put

part = "client policy warmup-verified"
guards = [Guard("job-deleted", "warmup-verified", "not-found", "a gone job fails fast")]


def break_it(put: Put) -> None:
    """Judge all alike."""

    def retry(answer: Reported | Unanswered) -> Verdict:
        return Verdict.RETRY

    put(reconnectable, "judge", retry)
