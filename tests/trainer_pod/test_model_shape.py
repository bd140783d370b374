"""The shape of a base model, from its name; and models of other shapes at work."""

import json
from pathlib import Path

import pytest

from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.model_shape import Shape, shape_of, tokenizer_of
from gateway_sim.trainer_pod.protocol import Datum, EncodedTextChunk, ModelInput, TensorData
from gateway_sim.trainer_pod.refusals import OperationRefused


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("gateway-sim/bytes-64", Shape(256, 64, 1024)),
        ("gateway-sim/tokens-32000-64", Shape(32_000, 64, 1024)),
        ("gateway-sim/bytes-64-context-8192", Shape(256, 64, 8192)),
        ("gateway-sim/tokens-32000-64-context-8192", Shape(32_000, 64, 8192)),
        ("Qwen/Qwen3-8B", Shape(256, 32, 1024)),
        ("gateway-sim/bytes-4096", Shape(256, 4096, 1024)),
        ("gateway-sim/tokens-2097152-32-context-2097152", Shape(2**21, 32, 2**21)),
        ("gateway-sim/tokens-1-32-context-1", Shape(1, 32, 1)),
    ],
)
def test_each_row_of_the_table(name: str, shape: Shape) -> None:
    """Of the module's docstring."""
    assert shape_of(name) == shape


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("gateway-sim/bytes-33", "has no such width; take a multiple of 32 up to 4096"),
        ("gateway-sim/bytes-8192", "has no such width; take a multiple of 32 up to 4096"),
        ("gateway-sim/bytes-4128", "has no such width; take a multiple of 32 up to 4096"),
        ("gateway-sim/bytes-0", "has no such width; take a multiple of 32 up to 4096"),
        ("gateway-sim/tokens-2097153-32", "has no such vocabulary; at width 32 take 1 to 2097152"),
        ("gateway-sim/tokens-0-32", "has no such vocabulary; at width 32 take 1 to 2097152"),
        ("gateway-sim/tokens-99999999-32", "has no such vocabulary; at width 32 take 1 to 2097152"),
        ("gateway-sim/bytes-64-context-0", "has no such context; at width 64 take 1 to 1048576"),
    ],
)
def test_a_shape_that_no_model_has_is_refused(name: str, sentence: str) -> None:
    """With what there is."""
    with pytest.raises(OperationRefused, match=sentence):
        shape_of(name)


@pytest.mark.parametrize("rank", [0, 2])
def test_a_model_learns_tokens_above_255_in_a_sequence_above_1024(rank: int) -> None:
    """Its loss falls over five steps; a token beyond its vocabulary is refused by what its name says."""
    model = TrainingModel("gateway-sim/tokens-700-32-context-2048", {"rank": rank}, "cpu")
    tokens = [(n * 37) % 700 for n in range(1500)]
    losses = []
    for _ in range(5):
        losses.append(model.forward_backward([example(tokens)], "cross_entropy").metrics["loss:sum"])
        model.optim_step({"learning_rate": 1e-2})
    assert losses == sorted(losses, reverse=True)
    with pytest.raises(OperationRefused, match=r"a token outside 0\.\.699: the base model's name says its vocabulary"):
        model.forward([example([1, 700, 2])], "cross_entropy")


def example(tokens: list[int]) -> Datum:
    """Return the example that predicts each token from those before it."""
    inputs = {"target_tokens": TensorData.ints(tokens[1:]), "weights": TensorData.floats([1.0] * (len(tokens) - 1))}
    return Datum(model_input=ModelInput(chunks=[EncodedTextChunk(tokens=tokens[:-1])]), loss_fn_inputs=inputs)


def test_the_tokenizer_of_a_byte_model_has_a_token_for_each_byte() -> None:
    """Under its own number; byte 0 also begins, ends and pads. A model of another vocabulary has none here."""
    folder = tokenizer_of("gateway-sim/bytes-32")
    assert folder is not None
    model = json.loads((Path(folder) / "tokenizer.json").read_text())["model"]
    assert sorted(model["vocab"].values()) == list(range(256))
    assert model["merges"] == []
    assert [model["vocab"][character] for character in "gateway"] == list(b"gateway")
    assert json.loads((Path(folder) / "tokenizer_config.json").read_text())["eos_token"] == "\0"
    assert tokenizer_of("gateway-sim/tokens-700-32") is None
