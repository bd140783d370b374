"""A pod whose samplers draw from the base model, whatever checkpoint they are made from."""

from gateway_sim.scenarios.search.mutations import Guard, Original, replacing
from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.trainer_pod.protocol import LoraConfig
from gateway_sim.trainer_pod.protocol.sampling import CreateSamplingSessionRequest
from gateway_sim.trainer_pod.samplers import Samplers
from gateway_sim.trainer_pod.sampling import Sampler

part = "pod"
guards = [
    Guard("sampler-fresh-route", "plain", "leased-generation", "every sequence is of its weights"),
    Guard("sampler-moved-pod", "exactly-once", "not-found", "every sequence is of its weights"),
]


@replacing(Samplers, "_sampler")
def break_it(_: Original, self: Samplers, asked: CreateSamplingSessionRequest, device: str) -> Sampler:
    """Make a sampler of the base model."""
    return Sampler(BASE_MODEL, LoraConfig(rank=0), device)
