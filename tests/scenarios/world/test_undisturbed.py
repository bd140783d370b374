"""What a run is compared with is made without the code that the run is to prove."""

import pytest
import torch

from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.scenarios.world.sequences import mark_of
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.undisturbed import parts_of, undisturbed, undisturbed_sequences
from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.protocol.sampling import SampleRequest, SamplingParams
from gateway_sim.trainer_pod.protocol.tensors import EncodedTextChunk, ModelInput
from gateway_sim.trainer_pod.sampling import Sampler
from gateway_sim.trainer_pod.text import batch


@pytest.mark.parametrize(
    ("rows", "microbatches", "chunk_len", "sizes"),
    [
        (4, 1, 0, [4]),
        (4, 1, 3, [3, 1]),
        (5, 2, 0, [3, 2]),
        (5, 2, 2, [2, 1, 2]),
        (7, 3, 2, [2, 1, 2, 1, 1]),
        (2, 2, 8, [1, 1]),
    ],
)
def test_a_pod_receives_each_example_once_and_a_microbatch_ends_its_chunk(rows, microbatches, chunk_len, sizes):
    """The last chunk of a microbatch may be short, and is not dropped."""
    parts = parts_of(Settings(batch=rows, microbatches=microbatches, chunk_len=chunk_len), 3)
    assert [len(part) for part in parts] == sizes
    assert [row for part in parts for row in part] == batch(3, rows, Settings().length)


def test_other_chunks_give_other_weights_and_the_same_ones_the_same():
    """Floats are added up in another order, so the comparison must know the chunks; each example counts."""
    four, five = (undisturbed(Settings(steps=2, batch=rows), "cpu") for rows in (4, 5))
    assert four == undisturbed(Settings(steps=2, batch=4, chunk_len=4), "cpu")
    assert four != five


@pytest.mark.parametrize(
    "settings", [Settings(steps=2, length=9), Settings(steps=1, lora_rank=0, microbatches=2, chunk_len=1)]
)
def test_the_weights_are_those_of_the_engine_called_by_hand(settings):
    """Each part of each step, then one optimizer step at a learning rate of 0.001."""
    model = TrainingModel(BASE_MODEL, {"rank": settings.lora_rank}, "cpu")
    for step in range(1, settings.steps + 1):
        for part in parts_of(settings, step):
            model.forward_backward(part, "cross_entropy", {})
        model.optim_step({"learning_rate": 0.001})
    assert undisturbed(settings, "cpu") == model.weights_digest()


def test_the_sequences_are_drawn_from_the_weights_before_each_step():
    """Those of the first step from the untrained weights, and each after it from the weights of one step more."""
    settings = Settings(steps=3, samples=2, length=9)
    model, marks = TrainingModel(BASE_MODEL, {"rank": settings.lora_rank}, "cpu"), []
    for step in range(1, 4):
        sampler = Sampler(model.base_model, model.lora_config, "cpu", model.weights())
        drawn = []
        for number in range(2):
            asked = SampleRequest(
                sampling_session_id="by hand",
                prompt=ModelInput(chunks=[EncodedTextChunk(tokens=list(b"Call me"))]),
                sampling_params=SamplingParams(max_tokens=8, seed=number, temperature=1.0),
                seq_id=0,
            )
            (sequence,) = sampler.sample(asked, seed=99).sequences
            drawn.append(mark_of(sequence.tokens, sequence.logprobs))
        marks.append(tuple(drawn))
        model.forward_backward(batch(step, settings.batch, settings.length), "cross_entropy", {})
        model.optim_step({"learning_rate": 0.001})
    assert undisturbed_sequences(settings, "cpu") == tuple(marks)
    assert len({mark for drawn in marks for mark in drawn}) == 6


def test_it_is_computed_on_the_device_of_the_pods(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on the best that this machine has, which would round differently."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    settings = Settings(steps=1, samples=1, length=5)
    assert undisturbed(settings, "cpu")
    assert len(undisturbed_sequences(settings, "cpu")) == 1
