"""Hold the request until the route is visible, as Knative's activator and Envoy's on-demand discovery do."""

from dataclasses import dataclass, field
from typing import ClassVar

from gateway_sim.miss_policies.answers import Miss, Refuse, Wait
from gateway_sim.miss_policies.later import gone, hold_s, not_yet


@dataclass(frozen=True)
class Hold:
    """Looks again every `check_every_s` for up to `longest_s`, always below the client's own timeout; then 503.

    The caller sees latency and no error; the 503 has a Retry-After of `retry_after_s`. Each held request costs a
    connection and a buffered body, and each look an eventually consistent read. A tombstone is final, though it may be
    an old one. A job that was never seen cannot be told from a late route, so its caller waits for as long as the SDK
    retries.
    """

    name: ClassVar[str] = "hold"

    longest_s: float = 10.0
    check_every_s: float = field(default=0.1, metadata={"least": 0.01})
    retry_after_s: float = 1.0

    def on_miss(self, miss: Miss) -> Wait | Refuse:
        """Wait while there is time, then answer 503; answer 404 at a tombstone."""
        if miss.seen is not None and miss.seen.state == "TOMBSTONE" and miss.seen.generation >= miss.at_least:
            return gone("route-gone", f"the trainer's route was withdrawn at generation {miss.seen.generation}")
        if miss.waited_s < hold_s(miss.leg, self.longest_s) - 1e-9:
            return Wait(self.check_every_s)
        return not_yet(f"the trainer's route did not show within {miss.waited_s:.0f} s", self.retry_after_s)
