"""Several targets a token, with weights: how a student learns from a teacher's most probable tokens."""

from typing import Any

import numpy as np
import pytest

from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.protocol import Datum, EncodedTextChunk, ModelInput, TensorData


def test_targets_of_several_tokens_are_the_weighted_sum_of_their_columns() -> None:
    """Loss, logprobs and gradient of (N, K) targets against K batches with one target a token, summed in float64."""
    chance = np.random.default_rng(3)
    lengths, width = (6, 4), 3
    rows = [chance.integers(0, 256, n).tolist() for n in lengths]
    targets = [chance.integers(0, 256, (n, width)) for n in lengths]
    weights = [chance.dirichlet([1.0] * width, n) for n in lengths]

    def batch_of(columns: slice) -> list[Datum]:
        def tensor(values: Any, kind: str) -> TensorData:
            chosen = values[:, columns]
            shape = list(chosen.shape) if chosen.shape[1] > 1 else [len(chosen)]
            return TensorData.model_validate({"data": chosen.reshape(-1).tolist(), "dtype": kind, "shape": shape})

        return [
            Datum(
                model_input=ModelInput(chunks=[EncodedTextChunk(tokens=row)]),
                loss_fn_inputs={"target_tokens": tensor(wanted, "int64"), "weights": tensor(weight, "float32")},
            )
            for row, wanted, weight in zip(rows, targets, weights, strict=True)
        ]

    wide, narrow = (TrainingModel("byte-transformer", {"rank": 4}, "cpu") for _ in "ab")
    told = wide.forward_backward(batch_of(slice(None)), "cross_entropy")
    columns = [narrow.forward_backward(batch_of(slice(k, k + 1)), "cross_entropy") for k in range(width)]
    for n, length in enumerate(lengths):
        logprobs = told.loss_fn_outputs[n]["logprobs"]
        assert logprobs.shape == [length, width]
        apart = np.array([column.loss_fn_outputs[n]["logprobs"].data for column in columns]).T
        np.testing.assert_allclose(np.array(logprobs.data).reshape(length, width), apart, atol=1e-5)
    whole = [np.array(told.loss_fn_outputs[n]["logprobs"].data, dtype=np.float64) for n in range(len(lengths))]
    expected = -sum(float(own @ weight.reshape(-1)) for own, weight in zip(whole, weights, strict=True))
    assert told.metrics["loss:sum"] == pytest.approx(expected, abs=1e-4)
    assert told.metrics["tokens:sum"] == sum(lengths)
    for name, gradient in wide.gradients().items():
        np.testing.assert_allclose(gradient.numpy(), narrow.gradients()[name].numpy(), atol=1e-5)
