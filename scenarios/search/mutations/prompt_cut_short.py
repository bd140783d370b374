"""A client whose requests for sequences lack the last token of their prompt."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway_sim.client.exactly_once import sampling as exactly_once
from gateway_sim.client.sdk import sampling
from gateway_sim.scenarios.search.mutations import Guard, Put

part = "client"
guards = [
    Guard("sampler-fresh-route", "plain", "leased-generation", "every sequence is of its weights"),
    Guard("sampler-moved-pod", "exactly-once", "not-found", "every sequence is of its weights"),
]


def break_it(put: Put) -> None:
    """Make the body of a shorter prompt."""
    whole = sampling.sampling_body

    def shorter(prompt: Sequence[int], params: Mapping[str, Any], num_samples: int) -> Any:
        return whole(prompt[:-1], params, num_samples)

    put(sampling, "sampling_body", shorter)
    put(exactly_once, "sampling_body", shorter)
