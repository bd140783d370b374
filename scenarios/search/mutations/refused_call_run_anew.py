"""An exactly-once that repeats a refused call as a new one: another poll, another seq_id."""

from gateway_sim.client.exactly_once.calls import ExactlyOnceCalls
from gateway_sim.client.retry_policies import After
from gateway_sim.client.retry_policies.exactly_once import ExactlyOnce
from gateway_sim.scenarios.search.mutations import Guard, Put

part = "client policy exactly-once"
guards = [
    Guard("poll-404", "exactly-once", "not-found", "no step is applied twice"),
    Guard("chunked-batch", "exactly-once", "not-found", "no step is applied twice"),
]


def break_it(put: Put) -> None:
    """Retry the complete call, as the PR does."""
    put(ExactlyOnceCalls, "post", lambda self, *words, **named: self._pooled.post(*words, **named))
    put(ExactlyOnceCalls, "retrieve", lambda self, *words: self._pooled.retrieve(*words))
    put(ExactlyOnce, "on_failure", lambda *_: After(1.0, 1.0))
