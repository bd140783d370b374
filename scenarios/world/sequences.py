"""The sequences that a user draws from its model: their prompt, their parameters, and how they are compared."""

import hashlib
from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from gateway_sim.client.sdk.sampling import sampling_body
from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.scenarios.world.settings import Settings

PROMPT: Final[tuple[int, ...]] = tuple(b"Call me")
TOKENS: Final = 8
"""The length of a sequence: enough for one to differ from another model's, and quick to draw."""


def params_of(number: int) -> dict[str, Any]:
    """Return the sampling parameters of a sequence; each has its own seed."""
    return {"max_tokens": TOKENS, "seed": number, "temperature": 1.0}


def saved_for(step: int) -> str:
    """Return the name of the sampler's checkpoint of the weights before a step."""
    return f"before-step-{step}"


def mark_of(tokens: Sequence[int], logprobs: Sequence[float]) -> str:
    """Return the digest of a sequence's tokens and logprobs (float32), which no other weights give."""
    return hashlib.sha256(array("q", tokens).tobytes() + array("f", logprobs).tobytes()).hexdigest()[:16]


@lru_cache(maxsize=64)
def undisturbed_sequences(settings: Settings, device: str) -> tuple[tuple[str, ...], ...]:
    """Return the marks of each step's sequences, drawn on an engine without gateway, network or fault."""
    from gateway_sim.scenarios.world.user import ADAM, parts_of
    from gateway_sim.trainer_pod.engine import TrainingModel
    from gateway_sim.trainer_pod.protocol.sampling import SampleRequest
    from gateway_sim.trainer_pod.sampling import Sampler

    model = TrainingModel(BASE_MODEL, {"rank": settings.lora_rank}, device)
    marks = []
    for step in range(1, settings.steps + 1):
        sampler = Sampler(model.base_model, model.lora_config, device, model.weights())
        drawn = []
        for number in range(settings.samples):
            body = sampling_body(PROMPT, params_of(number), 1)
            asked = SampleRequest.model_validate({**body, "sampling_session_id": "undisturbed", "seq_id": number})
            (sequence,) = sampler.sample(asked, seed=number).sequences
            drawn.append(mark_of(sequence.tokens, sequence.logprobs))
        marks.append(tuple(drawn))
        for part in parts_of(settings, step):
            model.forward_backward(part, "cross_entropy", {})
        model.optim_step(ADAM)
    return tuple(marks)
