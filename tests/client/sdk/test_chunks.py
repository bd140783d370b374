"""A long batch in chunks: nothing is lost by cutting it, and nothing by joining the results."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.sdk.chunks import cut, joined
from trainer_pod.protocol import ForwardBackwardOutput, TensorData


@given(st.lists(st.integers(), max_size=30), st.integers(1, 12))
def test_a_batch_is_cut_in_order_into_chunks_of_the_longest_length(data, longest):
    """Every example is in one chunk, the short last chunk included; only the last chunk may be short."""
    chunks = cut(data, longest)
    assert [example for chunk in chunks for example in chunk] == data
    assert all(len(chunk) == longest for chunk in chunks[:-1])
    assert len(chunks[-1]) <= longest


def test_an_empty_batch_is_one_empty_chunk():
    """The trainer is asked, and says itself that a batch needs an example."""
    assert cut([], 8) == [[]]


def result(*values, **metrics):
    """Return the result of a chunk of one example, with these logprobs and metrics."""
    outputs = [{"logprobs": TensorData.floats(list(values))}]
    named = {name.replace("_", ":"): value for name, value in metrics.items()}
    return ForwardBackwardOutput(loss_fn_output_type="ArrayRecord", loss_fn_outputs=outputs, metrics=named)


@pytest.mark.parametrize(
    ("name", "whole"),
    [("loss:sum", 10.0), ("loss:min", 1.0), ("loss:max", 7.0), ("loss:mean", 10.0 / 3), ("loss:last", 2.0)],
)
def test_a_metric_of_all_chunks_is_reduced_as_its_name_says(name, whole):
    """Of 1, 7 and 2; a reduction that is not known keeps the last chunk's value."""
    results = [result(0.0, **{name.replace(":", "_"): value}) for value in (1.0, 7.0, 2.0)]
    assert joined(results).metrics == {name: pytest.approx(whole)}


def test_outputs_follow_each_other_and_a_metric_of_one_chunk_stays():
    """A chunk that does not report a metric does not count in it."""
    whole = joined([result(1.0, loss_sum=1.0), result(2.0, loss_sum=2.0, clip_mean=4.0)])
    assert [output["logprobs"].data for output in whole.loss_fn_outputs] == [[1.0], [2.0]]
    assert whole.metrics == {"loss:sum": 3.0, "clip:mean": 4.0}
