"""One call in several requests, as tinker makes it of a long batch: dispatched one by one, then fetched one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from client.events import OperationAcknowledged
from client.sdk.bodies import Json, read, read_forward_backward
from client.sdk.calls import Calls, request_type_of
from client.sdk.chunks import joined
from client.sdk.sequencer import Sequencer
from trainer_pod.protocol import ForwardBackwardOutput, FutureEnvelope


async def call_in_chunks(
    calls: Calls,
    turns: Sequencer,
    route: str,
    numbered: Sequence[tuple[int, Json]],
    emit: Callable[[object], None],
) -> ForwardBackwardOutput:
    """Dispatch each (seq_id, body) in its turn, and return their results as one; raises as the calls do."""
    started_s = asyncio.get_running_loop().time()
    promises = []
    for seq_id, body in numbered:
        async with turns.take(seq_id):
            promises.append(await calls.post(route, {**body, "seq_id": seq_id}, seq_id=seq_id))
    roundtrip_s = asyncio.get_running_loop().time() - started_s
    results = []
    for (seq_id, _), promise in zip(numbered, promises, strict=True):
        request_id = read(FutureEnvelope, promise).request_id
        answer = await calls.retrieve(request_id, request_type_of(route), roundtrip_s)
        results.append(read_forward_backward(answer))
        emit(OperationAcknowledged(route, seq_id))
    return joined(results)
