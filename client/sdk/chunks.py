"""Splits a batch that is too long for one request into chunks, dispatched and fetched one by one as in tinker."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from gateway_sim.client.events import OperationAcknowledged
from gateway_sim.client.sdk.bodies import Json, read, read_forward_backward
from gateway_sim.client.sdk.calls import Calls, request_type_of
from gateway_sim.client.sdk.sequencer import Sequencer
from gateway_sim.trainer_pod.protocol import ForwardBackwardOutput, FutureEnvelope

D = TypeVar("D")

_REDUCTIONS: Final[dict[str, Callable[[list[float]], float]]] = {
    "sum": sum,
    "min": min,
    "max": max,
    "mean": lambda values: sum(values) / len(values),
}


def cut(data: Sequence[D], longest: int) -> list[Sequence[D]]:
    """Return the batch as chunks of at most `longest` examples, in order; an empty batch is one empty chunk."""
    return [data[start : start + longest] for start in range(0, len(data), longest)] or [data]


def joined(results: Sequence[ForwardBackwardOutput]) -> ForwardBackwardOutput:
    """Return the chunks' results as one: outputs in order, each metric reduced by the suffix of its name."""
    names = dict.fromkeys(name for result in results for name in result.metrics)
    metrics = {}
    for name in names:
        values = [result.metrics[name] for result in results if name in result.metrics]
        reduce = _REDUCTIONS.get(name.rpartition(":")[2])
        metrics[name] = reduce(values) if reduce else values[-1]
    outputs = [output for result in results for output in result.loss_fn_outputs]
    return results[0].model_copy(update={"loss_fn_outputs": outputs, "metrics": metrics})


async def call_in_chunks(
    calls: Calls,
    sequencer: Sequencer,
    route: str,
    numbered: Sequence[tuple[int, Json]],
    emit: Callable[[object], None],
) -> ForwardBackwardOutput:
    """Dispatch the (seq_id, body) pairs in turn and return their joined result; raises as the calls do."""
    started_s = asyncio.get_running_loop().time()
    promises = []
    for seq_id, body in numbered:
        async with sequencer.take(seq_id):
            promises.append(await calls.post(route, {**body, "seq_id": seq_id}, seq_id=seq_id))
    roundtrip_s = asyncio.get_running_loop().time() - started_s
    results = []
    for (seq_id, _), promise in zip(numbered, promises, strict=True):
        request_id = read(FutureEnvelope, promise).request_id
        answer = await calls.retrieve(request_id, request_type_of(route), roundtrip_s)
        results.append(read_forward_backward(answer))
        emit(OperationAcknowledged(route, seq_id))
    return joined(results)
