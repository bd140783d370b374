"""A long batch in chunks: nothing is lost by cutting it, and nothing by joining the results."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_sim.client.events import CallSent, OperationAcknowledged
from gateway_sim.client.sdk.chunks import call_in_chunks, cut, joined
from gateway_sim.client.sdk.errors import NotFoundError
from gateway_sim.client.sdk.profiles import TINKER_0_15
from gateway_sim.client.sdk.sequencer import Sequencer
from gateway_sim.trainer_pod.protocol import ForwardBackwardOutput, TensorData
from tests.clock import run


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


def numbered(sequencer, *sizes):
    """Return bodies of so many examples, each with the next seq_id."""
    return [(sequencer.draw(), {"forward_backward_input": {"data": ["example"] * size}}) for size in sizes]


def test_chunks_are_dispatched_in_order_and_their_results_are_one(bench):
    """Each has its own seq_id and request, and is acknowledged when its own result is there."""

    async def story():
        await asyncio.sleep(100.0)
        sequencer = Sequencer()
        parts = numbered(sequencer, 2, 2, 1)
        return await call_in_chunks(bench.calls(), sequencer, "forward_backward", parts, bench.events.append)

    whole = run(story())
    sent = bench.trainer.of("forward_backward")
    assert [(one.body["seq_id"], len(one.body["forward_backward_input"]["data"])) for one in sent] == [
        (1, 2), (2, 2), (3, 1),
    ]  # fmt: skip
    assert [one.body["request_id"] for one in bench.trainer.of("retrieve_future")] == ["req-1", "req-2", "req-3"]
    assert bench.heard(OperationAcknowledged) == [OperationAcknowledged("forward_backward", n) for n in (1, 2, 3)]
    assert [one.seq_id for one in bench.heard(CallSent) if one.leg == "dispatch"] == [1, 2, 3]
    # each result's first poll tells how long all dispatches took
    polls = bench.trainer.of("retrieve_future")
    assert [float(one.headers["X-Tinker-Create-Promise-Roundtrip-Time"]) for one in polls] == pytest.approx([0.03] * 3)
    assert (len(whole.loss_fn_outputs), whole.metrics) == (3, {"loss:sum": 18.0})


def test_a_chunk_waits_for_the_turn_before_it(bench):
    """A number that another call holds is waited for."""

    async def story():
        sequencer = Sequencer()
        held = sequencer.draw()
        calling = asyncio.ensure_future(
            call_in_chunks(bench.calls(), sequencer, "forward_backward", numbered(sequencer, 1), bench.events.append)
        )
        async with sequencer.take(held):
            await asyncio.sleep(5.0)
            assert bench.trainer.of("forward_backward") == []
        await calling

    run(story())
    assert bench.trainer.of("forward_backward")[0].at_s == pytest.approx(5.0)


def test_when_a_dispatch_fails_the_chunks_after_it_are_never_sent(bench):
    """As in tinker: the call raises, and the turns of the rest are never taken."""
    bench.trainer.answer("forward_backward", 404)

    async def story():
        sequencer = Sequencer()
        with pytest.raises(NotFoundError):
            await call_in_chunks(
                bench.calls(), sequencer, "forward_backward", numbered(sequencer, 1, 1), bench.events.append
            )
        return sequencer.done

    assert run(story()) == 1
    assert len(bench.trainer.of("forward_backward")) == 1


def test_a_training_client_cuts_a_batch_at_its_profiles_length(bench, batch):
    """Five examples at two a request are three requests, the last of them short."""
    short = replace(TINKER_0_15, max_chunk_len=2)

    async def story():
        client = await bench.training(short)
        await (await client.forward_backward(batch * 5, "cross_entropy")).result()
        await client.close()

    run(story())
    sizes = [len(one.body["forward_backward_input"]["data"]) for one in bench.trainer.of("forward_backward")]
    assert sizes == [2, 2, 1]
