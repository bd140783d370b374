"""A training client that survives its pod: on the job's next pod it resumes from the last committed checkpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from gateway_sim.client.connecting import Access, open_training
from gateway_sim.client.events import OperationAcknowledged, SessionResumed
from gateway_sim.client.exactly_once.calls import ExactlyOnceCalls, Replaced
from gateway_sim.client.exactly_once.job_monitor import JobMonitor
from gateway_sim.client.exactly_once.journal import Journal, LoggedOperation
from gateway_sim.client.exactly_once.liveness import JobIdentity
from gateway_sim.client.exactly_once.sampling import ExactlyOnceSampling
from gateway_sim.client.job_manager import TrainerEndpoint
from gateway_sim.client.sdk.bodies import Json, read, read_forward_backward
from gateway_sim.client.sdk.calls import request_type_of
from gateway_sim.client.sdk.chunks import joined
from gateway_sim.client.sdk.errors import ControlPlaneError
from gateway_sim.client.sdk.pending import Pending
from gateway_sim.client.sdk.session import TrainingClient
from gateway_sim.trainer_pod.protocol import ForwardBackwardOutput, FutureEnvelope, LoadWeightsResult, SaveWeightsResult

if TYPE_CHECKING:
    from gateway_sim.client.retry_policies.exactly_once import ExactlyOnce

T = TypeVar("T")


@dataclass(frozen=True)
class PodSession:
    """One pod of the job: the calls to it, and the session and model on it.

    The seq_id of an operation on this pod is its number in the client's own order minus `shift`.
    """

    calls: ExactlyOnceCalls
    client: TrainingClient
    shift: int = 0

    @property
    def model_id(self) -> str:
        """The model on this pod."""
        return self.client.model_id


class PodSessions:
    """Opens a session on each pod of a job in turn, and warms up every gateway replica before it is used."""

    def __init__(
        self, policy: ExactlyOnce, access: Access, endpoint: TrainerEndpoint, base_model: str, lora_rank: int
    ) -> None:
        self._policy = policy
        self._access = access
        self._endpoint = endpoint
        self._model = base_model, lora_rank
        self._monitor = JobMonitor(access.jobs, endpoint.job, policy, access.rng, access.emit)
        self._trained = JobIdentity(endpoint.uid, endpoint.incarnation)

    async def open(self) -> PodSession:
        """Open a session on the job's pod, or on its next pod if it is replaced meanwhile. Raises as `open_next`."""
        try:
            return await self._open()
        except Replaced:
            return await self.open_next()

    async def open_next(self) -> PodSession:
        """Wait until the job runs, and open a session on its pod. Raises `ControlPlaneError` if the job is gone."""
        while True:
            status = await self._monitor.until_running(self._trained)
            if status is None:
                raise ControlPlaneError(f"trainer job {self._endpoint.job} is gone")
            self._trained = JobIdentity(self._trained.uid or status.uid, status.incarnation)
            try:
                return await self._open()
            except Replaced:
                continue

    async def _open(self) -> PodSession:
        access = self._access
        calls = ExactlyOnceCalls(self._policy, access, self._endpoint, self._monitor, self._trained)
        client = await open_training(calls, access.emit, access.blocking, *self._model)
        try:
            if not await calls.warm_replicas(client.model_id):
                # the job is gone, queued or on another pod: `open` asks the control plane which
                raise Replaced
        except BaseException:
            await client.close()
            raise
        return PodSession(calls, client)


class ExactlyOnceTraining(TrainingClient):
    """The training calls; each operation is applied once to the weights that survive.

    When the pod is replaced, the client loads the last checkpoint on the next pod, repeats the operations since that
    checkpoint, and sends those that have no result yet.
    """

    def __init__(self, first: PodSession, sessions: PodSessions, journal: Journal, access: Access) -> None:
        super().__init__(first.client.service, first.calls, first.model_id, access.emit, access.blocking)
        self._session = first
        self._sessions = sessions
        self._journal = journal
        self._renewing = asyncio.Lock()

    def _operation(
        self, route: str, body: Json, parse: Callable[[Json], T], at_conflict: T | None = None
    ) -> Pending[T]:
        """Draw the next number and start the task that dispatches and polls, on the job's pod of the moment.

        `at_conflict` is not used: a 409 does not prove that the pod has the checkpoint.
        """
        operation = LoggedOperation(self._turns.draw(), route, request_type_of(route), body)

        async def work() -> T:
            started_s = asyncio.get_running_loop().time()
            async with self._turns.take(operation.number):
                await self._on_current_pod(lambda session: self._dispatch(operation, session))
                self._journal.taken(operation)
            roundtrip_s = asyncio.get_running_loop().time() - started_s
            answer = await self._on_current_pod(
                lambda session: session.calls.retrieve(operation.request_id, operation.request_type, roundtrip_s)
            )
            result = parse(answer)
            operation.done = True
            if isinstance(result, SaveWeightsResult):
                self._journal.committed(operation, result.path)
            self._emit(OperationAcknowledged(route, operation.number - self._session.shift))
            return result

        return self._start(work(), f"{route} {operation.number}")

    def _chunked(self, route: str, bodies: Sequence[Json]) -> Pending[ForwardBackwardOutput]:
        """Send each chunk as an operation of its own, which is repeated like any other."""
        pending = [self._operation(route, body, read_forward_backward) for body in bodies]

        async def together() -> ForwardBackwardOutput:
            return joined([await chunk.result() for chunk in pending])

        return self._start(together(), f"{route} in {len(pending)} chunks")

    async def create_sampling_client(self, model_path: str) -> ExactlyOnceSampling:
        """Return a client that draws from a checkpoint's weights, on the job's pod of the moment."""
        sampling = ExactlyOnceSampling(model_path, self._on_current_pod)
        await sampling.open()
        return sampling

    async def _on_current_pod(self, call: Callable[[PodSession], Awaitable[T]]) -> T:
        """Make a call to the job's pod; if that was replaced, make it to the next pod."""
        while True:
            session = self._session
            try:
                return await call(session)
            except Replaced:
                await self._renew(session)

    async def _dispatch(self, operation: LoggedOperation, session: PodSession) -> None:
        seq_id = operation.number - session.shift
        whole = {**operation.body, "model_id": session.model_id, "seq_id": seq_id}
        promise = await session.calls.post(operation.route, whole, seq_id=seq_id)
        operation.request_id = read(FutureEnvelope, promise).request_id

    async def _renew(self, old: PodSession) -> None:
        """Move to the next pod unless another call has done so: load the checkpoint, repeat the operations after it."""
        async with self._renewing:
            if self._session is not old:
                return
            while True:
                if self._journal.truncated:
                    sentence = "the job runs on another pod, and too much was done since the last save to repeat it"
                    raise ControlPlaneError(sentence)
                try:
                    session = await self._resume(await self._sessions.open_next())
                except Replaced:
                    continue
                break
            await old.client.close()
            self._session, self.service, self._calls = session, session.client.service, session.calls
            self.model_id = session.model_id
            self._emit(SessionResumed(session.model_id, self._journal.checkpoint, len(self._journal.to_repeat())))

    async def _resume(self, opened: PodSession) -> PodSession:
        again, path = self._journal.to_repeat(), self._journal.checkpoint
        # the load has seq_id 1; the operations follow in their order, without a gap unless one was dropped
        first = again[0].number if again else self._turns.done + 1
        session = replace(opened, shift=first - (1 if path is None else 2))
        if path is not None:
            asked = {"path": path, "optimizer": True, "model_id": session.model_id, "seq_id": 1}
            promise = read(FutureEnvelope, await session.calls.post("load_weights", asked, seq_id=1))
            read(LoadWeightsResult, await session.calls.retrieve(promise.request_id, "LoadWeights", 0.0))
        for operation in again:
            await self._dispatch(operation, session)
        return session
