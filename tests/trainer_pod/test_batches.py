"""Examples become tensors: padded on the right, and refused by name where they cannot be computed on."""

import math
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from gateway_sim.trainer_pod.batches import assemble, refuse_unread
from gateway_sim.trainer_pod.model_shape import CONTEXT
from gateway_sim.trainer_pod.protocol import Datum, EncodedTextChunk, ModelInput, TensorData
from gateway_sim.trainer_pod.refusals import OperationRefused


def datum(tokens: Sequence[int], targets: Sequence[int] | None = None, **fields: Any) -> Datum:
    """Return an example of these tokens, whose targets are the tokens themselves unless given."""
    tensors = {"target_tokens": TensorData.ints(list(tokens if targets is None else targets)), **fields}
    return Datum(model_input=ModelInput(chunks=[EncodedTextChunk(tokens=list(tokens))]), loss_fn_inputs=tensors)


def weighed(tokens: Sequence[int], weights: Sequence[float]) -> Datum:
    """Return an example with these weights."""
    return datum(tokens, weights=TensorData.floats(list(weights)))


def test_examples_of_one_length_need_no_padding() -> None:
    """Rows of the batch are the examples, in order; a field of the loss is flat over their tokens."""
    batch = assemble([weighed([1, 2], [0.5, 1.0]), weighed([3, 4], [1.5, 2.0])], ["weights"], "cpu")
    assert batch.tokens.tolist() == batch.targets.tolist() == [[1, 2], [3, 4]]
    assert batch.inputs["weights"].tolist() == [0.5, 1.0, 1.5, 2.0]
    assert (batch.lengths, batch.kept) == ([2, 2], None)
    padded = torch.arange(4)
    assert batch.without_padding(padded) is padded


def test_a_field_without_a_shape_has_one_value_a_token() -> None:
    """SDKs may leave the shape out; a number of values that is another one is refused."""
    flat = [datum([1, 2], weights=TensorData(data=data, dtype="float32")) for data in ([0.5, 1.0], [0.5])]
    assert assemble(flat[:1], ["weights"], "cpu").inputs["weights"].tolist() == [0.5, 1.0]
    with pytest.raises(OperationRefused, match=r"weights has shape \[1\], but the input has 2 tokens"):
        assemble(flat, ["weights"], "cpu")


def test_shorter_examples_are_padded_at_the_right_and_the_padding_is_left_out_again() -> None:
    """Of six places four are true tokens."""
    batch = assemble([weighed([7], [1.0]), weighed([1, 2, 3], [2.0, 3.0, 4.0])], ["weights"], "cpu")
    assert batch.tokens.tolist() == [[7, 0, 0], [1, 2, 3]]
    assert batch.lengths == [1, 3]
    assert batch.without_padding(torch.arange(6)).tolist() == [0, 3, 4, 5]
    assert batch.inputs["weights"].tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([], "data is empty"),
        ([datum([])], r"data\[0\].model_input has 0 tokens"),
        ([datum([1]), datum([0] * (CONTEXT + 1))], rf"data\[1\].model_input has {CONTEXT + 1} tokens"),
        ([datum([256])], r"data\[0\].model_input holds a token outside 0..255"),
        ([datum([1], [-1])], r"data\[0\].loss_fn_inputs.target_tokens holds a token outside"),
        ([datum([1, 2], [1])], r"target_tokens has shape \[1\], but the input has 2 tokens"),
        ([datum([1]), weighed([1], [1.0])], r"data\[0\].loss_fn_inputs.weights is missing"),
        (
            [datum([1, 2], weights=TensorData(data=[1.0, 1.0], dtype="float32", shape=[1, 2]))],
            r"weights has shape \[1, 2\], but the input has 2 tokens",
        ),
    ],
)
def test_what_cannot_be_computed_on_is_named_by_example_and_field(data: list[Datum], sentence: str) -> None:
    """The caller can mend it, and must know where."""
    with pytest.raises(OperationRefused, match=sentence):
        assemble(data, ["weights"], "cpu")


def test_the_longest_example_fits() -> None:
    """Exactly as many tokens as the model has positions."""
    assert assemble([datum([0] * CONTEXT)], [], "cpu").lengths == [CONTEXT]


def test_several_targets_a_token_have_the_shape_of_their_weights() -> None:
    """(N, K) for both, the same K in all examples; padding covers whole tokens."""
    wide = {"target_tokens": ([2, 3, 4, 5], "int64"), "weights": ([1.0, 0.0, 0.5, 0.5], "float32")}
    fields = {name: TensorData(data=values, dtype=kind, shape=[2, 2]) for name, (values, kind) in wide.items()}  # type: ignore[arg-type]
    two = Datum(model_input=ModelInput(chunks=[EncodedTextChunk(tokens=[1, 2])]), loss_fn_inputs=fields)
    one = Datum(
        model_input=ModelInput(chunks=[EncodedTextChunk(tokens=[1])]),
        loss_fn_inputs={"target_tokens": TensorData(data=[7, 8], dtype="int64", shape=[1, 2])},
    )
    batch = assemble([two, one], (), "cpu", {"weights": 1.0}, wide=True)
    assert batch.targets.tolist() == [[[2, 3], [4, 5]], [[7, 8], [0, 0]]]
    assert batch.inputs["weights"].tolist() == [1.0, 0.0, 0.5, 0.5, 1.0, 1.0]
    assert (batch.lengths, batch.width) == ([4, 2], 2)
    assert batch.without_padding(batch.targets.reshape(-1)).tolist() == [2, 3, 4, 5, 7, 8]
    assert assemble([two], ["weights"], "cpu", wide=True).inputs["weights"].tolist() == [1.0, 0.0, 0.5, 0.5]
    with pytest.raises(OperationRefused, match="of the losses only cross_entropy takes these"):
        assemble([two], (), "cpu")
    plain = datum([1, 2], [2, 3])
    with pytest.raises(OperationRefused, match=r"data\[1\].*target_tokens has 1 targets a token, data\[0\] has 2"):
        assemble([two, plain], (), "cpu", wide=True)
    narrow = two.model_copy(update={"loss_fn_inputs": {**fields, "weights": TensorData.floats([1.0, 1.0])}})
    with pytest.raises(
        OperationRefused, match=r"weights has shape \[2\], but the input has 2 tokens, each with 2 targets"
    ):
        assemble([narrow], (), "cpu", {"weights": 1.0}, wide=True)


def test_a_token_without_any_target_is_refused() -> None:
    """A shape of (N, 0) holds no values, and a loss of it would be of nothing."""
    none = {"target_tokens": TensorData(data=[], dtype="int64", shape=[2, 0])}
    empty = Datum(model_input=ModelInput(chunks=[EncodedTextChunk(tokens=[1, 2])]), loss_fn_inputs=none)
    with pytest.raises(OperationRefused, match=r"data\[0\].*target_tokens has no target for any token"):
        assemble([empty], (), "cpu", wide=True)


def test_whole_numbers_are_taken_for_the_floats_of_a_field() -> None:
    """Some SDKs send weights of 0 and 1 as int64; where one example has none, its tokens have the default."""
    whole = datum([1, 2], weights=TensorData.ints([0, 1]))
    for batch in (
        assemble([whole, whole], ["weights"], "cpu"),
        assemble([whole, datum([3, 4])], (), "cpu", {"weights": 1}),
    ):
        assert batch.inputs["weights"].dtype is torch.float32
    assert batch.inputs["weights"].tolist() == [0.0, 1.0, 1.0, 1.0]
    assert assemble([datum([3])], (), "cpu", {"weights": 1.0}).inputs == {}


def test_the_first_value_that_is_no_finite_float32_is_named() -> None:
    """By example, field and place; the largest float32 is one, and double that is none."""
    largest = torch.finfo(torch.float32).max
    assert assemble([weighed([1, 2], [largest, -largest])], ["weights"], "cpu").inputs["weights"][0] == largest
    for value in (2 * largest, float("nan"), -math.inf):
        data = [weighed([1], [largest]), weighed([1, 2, 3], [0.0, value, value])]
        with pytest.raises(OperationRefused, match=r"data\[1\].loss_fn_inputs.weights\[1\] is .* no finite float32"):
            assemble(data, ["weights"], "cpu")


def test_a_field_that_no_loss_reads_is_named_with_those_that_are() -> None:
    """The targets are every loss's."""
    data = [datum([1]), datum([1], rewards=TensorData.floats([1.0]))]
    refuse_unread(data, "ppo", ("logprobs", "rewards"))
    told = (
        r"data\[1\].loss_fn_inputs.rewards is not understood: the loss 'ppo' reads target_tokens, logprobs, advantages"
    )
    with pytest.raises(OperationRefused, match=told):
        refuse_unread(data, "ppo", ("logprobs", "advantages"))


def test_every_tensor_of_a_batch_is_on_the_device_of_the_model() -> None:
    """The device of no data stands for one that this machine may not have."""
    batch = assemble([weighed([1], [1.0]), weighed([1, 2], [1.0, 1.0])], ["weights"], "meta")
    assert batch.kept is not None
    tensors = (batch.tokens, batch.targets, batch.kept, *batch.inputs.values())
    assert {tensor.device.type for tensor in tensors} == {"meta"}
