"""A small real model that stories train step by step on the CPU."""

from collections.abc import Iterable, Sequence

from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.protocol import Datum


def new_model() -> TrainingModel:
    """Return a model that has not been trained; the same each time."""
    return TrainingModel(BASE_MODEL, {"rank": 4}, "cpu")


def take_step(model: TrainingModel, batch: Sequence[Datum]) -> None:
    """Take one optimizer step on a batch."""
    model.forward_backward(batch, "cross_entropy", {})
    model.optim_step({"learning_rate": 1e-2})


def weights_after(batches: Iterable[Sequence[Datum]]) -> str:
    """Return the digest of the weights after one step on each batch."""
    model = new_model()
    for batch in batches:
        take_step(model, batch)
    return model.weights_digest()
