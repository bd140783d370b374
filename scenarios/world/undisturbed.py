"""The undisturbed run: the same calls on an engine without gateway, network or fault.

It judges what the client did, so nothing here uses the client's code: a batch is cut, and a request made, in words of
its own.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.scenarios.world.sequences import PROMPT, mark_of, params_of
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.protocol import Datum
from gateway_sim.trainer_pod.text import batch

ADAM: Final = {"learning_rate": 1e-3}
"""The parameters of each optimizer step."""


def parts_of(settings: Settings, step: int) -> list[Sequence[Datum]]:
    """Return a step's batch as the pod receives it: the chunks of all microbatches."""
    data = batch(step, settings.batch, settings.length)
    size = -(-len(data) // settings.microbatches)
    longest = settings.chunk_len or size
    parts = groupby(range(len(data)), lambda place: (place // size, place % size // longest))
    return [[data[place] for place in places] for _, places in parts]


def undisturbed(settings: Settings, device: str) -> str:
    """Return the weights digest after the same calls on an engine without gateway, network or fault.

    `device` is the pods' device, because another one rounds differently.
    """
    s = settings
    return _undisturbed(s.steps, s.batch, s.length, s.lora_rank, s.microbatches, s.chunk_len, device)


@lru_cache(maxsize=256)
def _undisturbed(
    steps: int, size: int, length: int, lora_rank: int, microbatches: int, chunk_len: int, device: str
) -> str:
    from gateway_sim.trainer_pod.engine import TrainingModel

    settings = Settings(batch=size, length=length, microbatches=microbatches, chunk_len=chunk_len)
    model = TrainingModel(BASE_MODEL, {"rank": lora_rank}, device)
    for step in range(1, steps + 1):
        for part in parts_of(settings, step):
            model.forward_backward(part, "cross_entropy", {})
        model.optim_step(ADAM)
    return model.weights_digest()


@lru_cache(maxsize=64)
def undisturbed_sequences(settings: Settings, device: str) -> tuple[tuple[str, ...], ...]:
    """Return the marks of each step's sequences, drawn on an engine without gateway, network or fault."""
    from gateway_sim.trainer_pod.engine import TrainingModel
    from gateway_sim.trainer_pod.protocol.sampling import SampleRequest, SamplingParams
    from gateway_sim.trainer_pod.protocol.tensors import EncodedTextChunk, ModelInput
    from gateway_sim.trainer_pod.sampling import Sampler

    model = TrainingModel(BASE_MODEL, {"rank": settings.lora_rank}, device)
    marks = []
    for step in range(1, settings.steps + 1):
        sampler = Sampler(model.base_model, model.lora_config, device, model.weights())
        drawn = []
        for number in range(settings.samples):
            asked = SampleRequest(
                sampling_session_id="undisturbed",
                prompt=ModelInput(chunks=[EncodedTextChunk(tokens=list(PROMPT))]),
                sampling_params=SamplingParams(**params_of(number)),
                seq_id=number,
            )
            (sequence,) = sampler.sample(asked, seed=number).sequences
            drawn.append(mark_of(sequence.tokens, sequence.logprobs))
        marks.append(tuple(drawn))
        for part in parts_of(settings, step):
            model.forward_backward(part, "cross_entropy", {})
        model.optim_step(ADAM)
    return tuple(marks)
