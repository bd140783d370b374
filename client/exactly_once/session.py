"""A training client that outlives its pod: when the job runs anew it resumes from the last committed checkpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from client.blocking import Blocking
from client.events import OperationAcknowledged, RunResumed
from client.exactly_once.calls import Replaced, SteadyCalls
from client.exactly_once.journal import Journal, LoggedOperation
from client.sdk.bodies import Json, read, read_forward_backward
from client.sdk.calls import request_type_of
from client.sdk.chunks import joined
from client.sdk.errors import ControlPlaneError
from client.sdk.failures import Failure
from client.sdk.pending import Pending
from client.sdk.session import ServiceClient, TrainingClient
from trainer_pod.protocol import ForwardBackwardOutput, FutureEnvelope, LoadWeightsResult, SaveWeightsResult

T = TypeVar("T")


@dataclass(frozen=True)
class PodSession:
    """One pod that a client trains on: the calls to it, its session and model; `number` counts from 0.

    An operation's seq_id there is its place in the client's order less `shift`.
    """

    number: int
    calls: SteadyCalls
    service: ServiceClient
    model_id: str
    shift: int = 0


class SteadyTraining(TrainingClient):
    """The verbs of training; an operation is done once along the chain of checkpoints that survives.

    `begin(number)` opens a session and a model on the pod that the job has now. A pod that is replaced is forgotten:
    the next one loads the checkpoint, is asked again for what came after it, and then for what is under way.
    """

    def __init__(
        self,
        first: PodSession,
        begin: Callable[[int], Awaitable[PodSession]],
        journal: Journal,
        emit: Callable[[object], None],
        blocking: Blocking,
    ) -> None:
        super().__init__(first.service, first.calls, first.model_id, emit, blocking)
        self._life = first
        self._begin = begin
        self._journal = journal
        self._renewing = asyncio.Lock()

    def _operation(
        self, route: str, body: Json, parse: Callable[[Json], T], at_conflict: T | None = None
    ) -> Pending[T]:
        """Draw the next place in line and start the task that dispatches and polls, on whichever pod there is.

        `at_conflict` is never given out: a 409 proves nothing about what the pod has.
        """
        deed = LoggedOperation(self._turns.draw(), route, request_type_of(route), body)

        async def work() -> T:
            started_s = asyncio.get_running_loop().time()
            async with self._turns.take(deed.number):
                await self._on_some_life(lambda life: self._dispatch(deed, life))
                self._journal.taken(deed)
            roundtrip_s = asyncio.get_running_loop().time() - started_s
            answer = await self._on_some_life(
                lambda life: life.calls.retrieve(deed.request_id, deed.request_type, roundtrip_s)
            )
            result = parse(answer)
            deed.heard = True
            if isinstance(result, SaveWeightsResult):
                self._journal.committed(deed, result.path)
            self._emit(OperationAcknowledged(route, deed.number - self._life.shift))
            return result

        return self._start(work(), f"{route} {deed.number}")

    def _chunked(self, route: str, bodies: Sequence[Json]) -> Pending[ForwardBackwardOutput]:
        """Hand the chunks in as operations of their own, each in its turn, however often it must be sent."""
        pending = [self._operation(route, body, read_forward_backward) for body in bodies]

        async def together() -> ForwardBackwardOutput:
            return joined([await chunk.result() for chunk in pending])

        return self._start(together(), f"{route} in {len(pending)} chunks")

    async def _on_some_life(self, call: Callable[[PodSession], Awaitable[T]]) -> T:
        """Make a call to the pod there is; when the job runs anew, to the next."""
        while True:
            life = self._life
            try:
                return await call(life)
            except Replaced:
                await self._renew(life)

    async def _dispatch(self, deed: LoggedOperation, life: PodSession) -> None:
        seq_id = deed.number - life.shift
        whole = {**deed.body, "model_id": life.model_id, "seq_id": seq_id}
        promise = await life.calls.post(deed.route, whole, seq_id=seq_id)
        deed.life, deed.request_id = life.number, read(FutureEnvelope, promise).request_id

    async def _renew(self, old: PodSession) -> None:
        """Begin a new life unless somebody did already: load the checkpoint, and repeat what came after it."""
        async with self._renewing:
            if self._life is not old:
                return
            number = old.number
            while True:
                if self._journal.torn:
                    sentence = "the job runs on another pod, and too much was done since the last save to repeat it"
                    raise ControlPlaneError(failure=Failure("control", None, "operation", message=sentence))
                number += 1
                try:
                    life = await self._resume(await self._begin(number))
                except Replaced:
                    continue
                break
            await old.service.close()
            self._life, self._service, self._calls, self.model_id = life, life.service, life.calls, life.model_id
            self._emit(RunResumed(life.model_id, self._journal.checkpoint, len(self._journal.to_repeat())))

    async def _resume(self, life: PodSession) -> PodSession:
        again = self._journal.to_repeat()
        path = self._journal.checkpoint
        # the load takes seq_id 1, and the deeds follow in their order, without a hole where none was forgotten
        first = again[0].number if again else self._turns.done + 1
        shifted = PodSession(life.number, life.calls, life.service, life.model_id, first - (1 if path is None else 2))
        if path is not None:
            asked = {"path": path, "optimizer": True, "model_id": life.model_id, "seq_id": 1}
            promise = read(FutureEnvelope, await life.calls.post("load_weights", asked, seq_id=1))
            loaded = await life.calls.retrieve(promise.request_id, "LoadWeights", 0.0)
            partial(read, LoadWeightsResult)(loaded)
        for deed in again:
            await self._dispatch(deed, shifted)
        return shifted
