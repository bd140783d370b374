"""The text that pods and examples train on: Alice's Adventures in Wonderland by Lewis Carroll, in the public domain."""

from functools import cache
from importlib.resources import files

from gateway_sim.trainer_pod.protocol import Datum, EncodedTextChunk, ModelInput, TensorData


@cache
def corpus() -> bytes:
    """Return the text; its bytes are the tokens."""
    return files("gateway_sim.trainer_pod.text").joinpath("alice.txt").read_bytes()


def batch(step: int, size: int, length: int) -> list[Datum]:
    """Return `size` examples of `length` tokens for step `step`, counted from 0: the text read on, row after row.

    Each predicts the next byte at every position, with weight 1. The same arguments give the same examples.
    """
    text = corpus()
    rows = range(step * size, (step + 1) * size)
    return [_next_bytes(text, row * length % (len(text) - length), length) for row in rows]


def _next_bytes(text: bytes, start: int, length: int) -> Datum:
    read = list(text[start : start + length + 1])
    return Datum(
        model_input=ModelInput(chunks=[EncodedTextChunk(tokens=read[:-1])]),
        loss_fn_inputs={
            "target_tokens": TensorData.ints(read[1:]),
            "weights": TensorData.floats([1.0] * length),
        },
    )
