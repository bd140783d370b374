"""A trainer pod: sessions, models and the results of their operations. It knows no HTTP: `app` serves it.

torch is imported with the first model, so that a pod whose models are stand-ins does without.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.events import (
    OperationAccepted,
    OperationFailed,
    OperationRepeated,
    PodReady,
    PodStopped,
    PollHeld,
    RequestBroke,
    RequestMisdirected,
    ResultDelivered,
)
from gateway_sim.trainer_pod.futures import Futures
from gateway_sim.trainer_pod.ledger import Conflict, Ledger, Repeat
from gateway_sim.trainer_pod.lifecycle import PodEvent, PodState, after
from gateway_sim.trainer_pod.model_shape import tokenizer_of
from gateway_sim.trainer_pod.operations import Call, Operation, fingerprint_of, key_of, model_id_of
from gateway_sim.trainer_pod.protocol import (
    CreateFromStateRequest,
    CreateModelRequest,
    FutureEnvelope,
    GetInfoResponse,
    LoraConfig,
    ModelDescription,
    RequestFailed,
    Wire,
)
from gateway_sim.trainer_pod.protocol.blocking import Blocking, inline
from gateway_sim.trainer_pod.refusals import Problem, misdirected, not_ready
from gateway_sim.trainer_pod.samplers import Samplers
from gateway_sim.trainer_pod.sessions import Sessions

if TYPE_CHECKING:
    from gateway_sim.trainer_pod.catalog import Catalog

T = TypeVar("T")

GIVEN_OUT = re.compile(r"req-([0-9]{1,9})(?:\.([0-9]{1,9}))?-[0-9]+")
"""Request ids as pods give them out: the incarnation, the restarts of its container, and a number within that start."""


class Worker(Protocol):
    """One model of the pod: takes its operations and settles their results; `ModelWorker` trains with torch."""

    base_model: str
    lora: LoraConfig
    closing: bool

    def submit(self, operation: Operation) -> None:
        """Queue an operation."""
        ...

    async def stop(self) -> None:
        """Cancel all work."""
        ...


class TrainerPod:
    """One incarnation of one trainer job.

    `emit` is given every event; `blocking` runs the torch work. Refusals are raised as `refusals.Problem`.
    """

    def __init__(self, config: PodConfig, *, emit: Callable[[object], None], blocking: Blocking = inline) -> None:
        self.config = config
        self.state = PodState.COLD
        self.device = "none"
        self._emit = emit
        self._blocking = blocking
        self._ledger = Ledger()
        self._futures = Futures()
        self._workers: dict[str, Worker] = {}
        self.sessions = Sessions(config, emit)
        self.samplers = Samplers(config, self._futures, self._promise, emit=emit, blocking=blocking)
        self._requests = 0
        self._retired = False

    async def start(self) -> None:
        """Load, and be READY."""
        from gateway_sim.trainer_pod.engine import choose_device

        self.state = after(self.state, PodEvent.START)
        self.device = await self._blocking(lambda: choose_device(self.config.device))
        if self.state is PodState.LOADING:  # unless it was stopped while it loaded
            self.state = after(self.state, PodEvent.LOADED)
            self._emit(PodReady(*self.config.identity, self.device))

    async def stop(self) -> None:
        """Cancel all work and answer waiting polls; a second stop changes nothing."""
        if self.state in (PodState.DRAINING, PodState.GONE):
            return
        self.state = after(self.state, PodEvent.STOP)
        self._futures.release()
        await self._stop_work()
        self.state = after(self.state, PodEvent.DRAINED)
        self._emit(PodStopped(*self.config.identity))

    async def retire(self) -> None:
        """Make way for a newer incarnation: apply nothing more, and refuse every request with 421."""
        self._retired = True
        self._futures.release()
        await self._stop_work()

    async def _stop_work(self) -> None:
        for worker in self._workers.values():
            await worker.stop()
        await self.samplers.stop()

    def admit(self, trainer: str | None) -> None:
        """Admit a request for this incarnation (`account/job@generation`), or for no named one; otherwise raise.

        An older generation's request must not reach a newer pod, nor the other way round (docs/architecture.md §4).
        """
        here = f"{self.config.account}/{self.config.job}@{self.config.incarnation}"
        if self._retired:
            raise misdirected(trainer or "this job", f"{here}, superseded")
        if trainer is not None and trainer != here:
            self._emit(RequestMisdirected(*self.config.identity, trainer))
            raise misdirected(trainer, here)
        if self.state is not PodState.READY:
            raise not_ready(self.state.value)

    def submit(self, call: Call) -> FutureEnvelope:
        """Take an operation and return the request id of its result; a repeat gets the first one's id.

        Another body under a used seq_id gets a failed result; the SDK would retry a 409 for 300 s
        (docs/reference/protocol.md §7).
        """
        model_id = model_id_of(call)
        key, fingerprint = key_of(call, self.config.incarnation), fingerprint_of(call)
        verdict = self._ledger.consult(key, fingerprint)
        if isinstance(verdict, Repeat):
            self._emit(OperationRepeated(*self._named(Operation(call, verdict.request_id))))
            return FutureEnvelope(request_id=verdict.request_id, model_id=model_id)
        worker = None if isinstance(verdict, Conflict) else self._worker(call)
        operation = Operation(call, self._promise())
        self._ledger.record(key, fingerprint, operation.request_id)
        if isinstance(verdict, Conflict):
            self._refuse_conflict(operation, verdict)
        elif worker is not None:
            self._emit(OperationAccepted(*self._named(operation)))
            worker.submit(operation)
        return FutureEnvelope(request_id=operation.request_id, model_id=model_id)

    def refuse(self, error: str) -> FutureEnvelope:
        """Return the request id of a result that is a refusal of the user's request."""
        request_id = self._promise()
        self._futures.settle(request_id, RequestFailed(error=error, category="user"))
        return FutureEnvelope(request_id=request_id)

    async def poll(self, request_id: str) -> Wire | None:
        """Return a result, waiting for it at most `hold_poll_s` seconds; None when it is not there by then."""
        if not self._futures.knows(request_id):
            return self._lost(request_id)
        result = self._futures.result(request_id)
        if result is None:
            self._emit(PollHeld(*self.config.identity, request_id))
            result = await self._futures.wait(request_id, self.config.hold_poll_s)
        if result is not None:
            self._emit(ResultDelivered(*self.config.identity, request_id))
        elif self._retired:
            raise misdirected(request_id, "superseded by a newer incarnation")
        elif self.state is not PodState.READY:
            raise not_ready(self.state.value)
        return result

    def _lost(self, request_id: str) -> Wire:
        """Return a failed operation for a result that an earlier start took with it; that ends the poll loop.

        A 404 would look like a missing route, and a 5xx would be polled for ever (docs/reference/protocol.md §4.3). The
        category "unknown" says that the work may have been done. An id that no pod of this job gave out is refused.
        """
        asked = GIVEN_OUT.fullmatch(request_id)
        incarnation, restarts = (int(asked[1]), int(asked[2] or 0)) if asked else (0, 0)
        if incarnation < 1 or (incarnation, restarts) >= (self.config.incarnation, self.config.restarts):
            detail = f"this pod never gave out request id {request_id!r}"
            raise Problem(404, "unknown-request", "Unknown request id", detail)
        ended = f"incarnation {incarnation} of {self.config.job} ended"
        if incarnation == self.config.incarnation:
            ended = f"the container of incarnation {incarnation} of {self.config.job} ended and was started again"
        error = f"result {request_id} was lost when {ended}"
        return RequestFailed(error=error, category="unknown")

    def get_info(self, model_id: str) -> GetInfoResponse:
        """Describe a model; it may not be in memory yet."""
        worker = self._open_worker(model_id)
        return GetInfoResponse(
            model_id=model_id,
            model_name=worker.base_model,
            is_lora=worker.lora.rank > 0,
            lora_rank=worker.lora.rank,
            device=self.device,
            model_data=ModelDescription(model_name=worker.base_model, tokenizer_id=tokenizer_of(worker.base_model)),
        )

    def models_of(self, session_id: str) -> list[str]:
        """Return the ids of a session's models, in the order of their creation. Raises a 404 for an unknown session."""
        self.sessions.known(session_id)
        return [model_id for model_id in self._workers if model_id.startswith(f"{session_id}:train:")]

    async def catalogued(self, call: Callable[[Catalog], T]) -> T:
        """Return what `call` reads from, or does to, the job's training runs and checkpoints."""
        from gateway_sim.trainer_pod.catalog import Catalog, LiveModel

        live = {
            model_id: LiveModel(self.sessions.run_of(model_id), worker.base_model, worker.lora)
            for model_id, worker in self._workers.items()
            if not worker.closing
        }
        catalog = Catalog(self.config.checkpoint_root, self.config.account, self.config.job, live)
        return await self._blocking(lambda: call(catalog))

    async def list_checkpoints(self) -> list[str]:
        """Return the names of the job's committed checkpoints, in order."""
        from gateway_sim.trainer_pod.checkpoints import CheckpointStore

        store = CheckpointStore(self.config.checkpoint_root, self.config.account, self.config.job)
        return await self._blocking(store.names)

    def broke(self, path: str, defect: Exception) -> None:
        """Report a request that failed by a defect of the pod's own and was answered 500."""
        self._emit(RequestBroke(*self.config.identity, path, f"{type(defect).__name__}: {defect}"))

    def _worker(self, call: Call) -> Worker:
        """Return the worker of a new call's model; a call that creates a model starts one."""
        if not isinstance(call, CreateModelRequest | CreateFromStateRequest):
            self.sessions.refuse_finished(call.model_id)
            return self._open_worker(call.model_id)
        from gateway_sim.trainer_pod.model_worker import ModelWorker

        version = self.sessions.require(call.session_id).sdk_version
        worker = ModelWorker(
            call,
            self.config,
            self.device,
            self._futures,
            sdk_version=version,
            emit=self._emit,
            blocking=self._blocking,
            samplers=self.samplers,
        )
        return self._workers.setdefault(model_id_of(call), worker)

    def _open_worker(self, model_id: str) -> Worker:
        worker = self._workers.get(model_id)
        if worker is None or worker.closing:
            detail = f"this pod has no model {model_id!r}: it was not created here, or it was unloaded"
            raise Problem(404, "unknown-model", "Unknown model", detail)
        return worker

    def _promise(self) -> str:
        self._requests += 1
        request_id = f"req-{self.config.start}-{self._requests}"
        self._futures.open(request_id)
        return request_id

    def _refuse_conflict(self, operation: Operation, conflict: Conflict) -> None:
        error = (
            f"seq_id {operation.seq_id} of {operation.model_id} was used by another operation "
            f"({conflict.first_request_id}), which stands; this one was not applied"
        )
        self._emit(
            OperationFailed(*self.config.identity, operation.model_id, operation.seq_id, operation.kind, error, "user")
        )
        self._futures.settle(operation.request_id, RequestFailed(error=error, category="user"))

    def _named(self, operation: Operation) -> tuple[str, str, int, str, int, str, str]:
        """Return the fields that OperationAccepted and OperationRepeated share."""
        of_operation = operation.model_id, operation.seq_id, operation.kind, operation.request_id
        return *self.config.identity, *of_operation
