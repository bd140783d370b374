"""A trainer pod: sessions, models and the results of their operations. Itself an ASGI application.

Its verbs know no HTTP: `app` translates."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from trainer_pod.blocking import Blocking, inline
from trainer_pod.checkpoints import CheckpointStore
from trainer_pod.config import PodConfig
from trainer_pod.engine import choose_device
from trainer_pod.events import (
    OperationAccepted,
    OperationFailed,
    OperationRepeated,
    PodReady,
    PodStopped,
    PollHeld,
    RequestBroke,
    RequestMisdirected,
    ResultDelivered,
    SessionCreated,
)
from trainer_pod.futures import Futures
from trainer_pod.ledger import Conflict, Ledger, Repeat
from trainer_pod.lifecycle import PodEvent, PodState, after
from trainer_pod.model_worker import ModelWorker
from trainer_pod.operations import Call, Operation, fingerprint_of, key_of, model_id_of
from trainer_pod.problems import misdirected, not_ready, unknown_model, unknown_request, unknown_session
from trainer_pod.protocol import (
    CreateFromStateRequest,
    CreateModelRequest,
    FutureEnvelope,
    GetInfoResponse,
    ModelDescription,
    RequestFailed,
    Wire,
)

__all__ = ["PodConfig", "TrainerPod"]

GIVEN_OUT = re.compile(r"req-([0-9]{1,9})-[0-9]+")
"""Request ids as pods give them out: the incarnation, and a number within it."""


class TrainerPod:
    """One incarnation of one trainer job.

    `emit` is given every event; `blocking` runs the torch work. Refusals are raised as `problems.Problem`.
    """

    def __init__(self, config: PodConfig, *, emit: Callable[[object], None], blocking: Blocking = inline) -> None:
        self.config = config
        self.state = PodState.COLD
        self.device = "none"
        self._emit = emit
        self._blocking = blocking
        self._ledger = Ledger()
        self._futures = Futures()
        self._lanes: dict[str, ModelWorker] = {}
        self._sessions: dict[str, None] = {}
        self._requests = 0
        self._retired = False

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Serve one request over ASGI."""
        from trainer_pod.app import api  # the app knows the pod; the pod only lends it its name

        scope["pod"] = self
        try:
            await api(scope, receive, send)
        except Exception as defect:
            # a server that saw it would close the connection, and with it what others sent over it meanwhile
            if not scope.get("defect_told"):
                raise
            self._emit(RequestBroke(*self.config.identity, scope["path"], f"{type(defect).__name__}: {defect}"))

    async def start(self) -> None:
        """Load, and be READY."""
        self.state = after(self.state, PodEvent.START)
        self.device = await self._blocking(lambda: choose_device(self.config.device))
        if self.state is PodState.LOADING:  # else it was stopped meanwhile
            self.state = after(self.state, PodEvent.LOADED)
            self._emit(PodReady(*self.config.identity, self.device))

    async def stop(self) -> None:
        """Cancel all work and send waiting polls away; a second stop changes nothing."""
        if self.state in (PodState.DRAINING, PodState.GONE):
            return
        self.state = after(self.state, PodEvent.STOP)
        self._futures.release()
        for lane in self._lanes.values():
            await lane.stop()
        self.state = after(self.state, PodEvent.DRAINED)
        self._emit(PodStopped(*self.config.identity))

    async def retire(self) -> None:
        """Be superseded by a newer incarnation: apply nothing any more, and refuse every request with 421."""
        self._retired = True
        self._futures.release()
        for lane in self._lanes.values():
            await lane.stop()

    def admit(self, trainer: str | None) -> None:
        """Let a request in that is meant for this incarnation, `account/job@generation`, or does not say; else raise.

        An older generation's request must not reach a newer pod, nor the other way round (DESIGN §4).
        """
        here = f"{self.config.account}/{self.config.job}@{self.config.incarnation}"
        if self._retired:
            raise misdirected(trainer or "this job", f"{here}, superseded")
        if trainer is not None and trainer != here:
            self._emit(RequestMisdirected(*self.config.identity, trainer))
            raise misdirected(trainer, here)
        if self.state is not PodState.READY:
            raise not_ready(self.state.value)

    def create_session(self) -> str:
        """Open a session and return its id."""
        session_id = f"session-{self.config.incarnation}-{len(self._sessions) + 1}"
        self._sessions[session_id] = None
        self._emit(SessionCreated(*self.config.identity, session_id))
        return session_id

    def require_session(self, session_id: str) -> None:
        """Raise for a session that was not opened here."""
        if session_id not in self._sessions:
            raise unknown_session(session_id)

    def submit(self, call: Call) -> FutureEnvelope:
        """Take an operation and return the request id of its result; a repeat gets the id of its first coming.

        Another body under a seq_id that is taken gets a result that says so: a 409 the SDK would retry for 300 s
        (PROTOCOL §7).
        """
        model_id = model_id_of(call)
        key, fingerprint = key_of(call, self.config.incarnation), fingerprint_of(call)
        verdict = self._ledger.consult(key, fingerprint)
        if isinstance(verdict, Repeat):
            self._emit(OperationRepeated(*self._named(Operation(call, verdict.request_id))))
            return FutureEnvelope(request_id=verdict.request_id, model_id=model_id)
        lane = None if isinstance(verdict, Conflict) else self._lane(call)
        operation = Operation(call, self._promise())
        self._ledger.record(key, fingerprint, operation.request_id)
        if isinstance(verdict, Conflict):
            self._refuse_conflict(operation, verdict)
        elif lane is not None:
            self._emit(OperationAccepted(*self._named(operation)))
            lane.submit(operation)
        return FutureEnvelope(request_id=operation.request_id, model_id=model_id)

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
        """Tell a poller that its result went with an earlier incarnation: as a failed operation, which ends its loop.

        A 404 would look like a route that is not there; a 5xx it would poll for ever (PROTOCOL §4.3). Whether the work
        was done is "unknown", which no failure of the work itself is. An id that no pod here gave out is refused.
        """
        asked = GIVEN_OUT.fullmatch(request_id)
        incarnation = int(asked[1]) if asked else 0
        if not 0 < incarnation < self.config.incarnation:
            raise unknown_request(request_id)
        error = f"result {request_id} was lost when incarnation {incarnation} of {self.config.job} ended"
        return RequestFailed(error=error, category="unknown")

    def get_info(self, model_id: str) -> GetInfoResponse:
        """Describe a model; it may still be on its way into memory."""
        lane = self._open_lane(model_id)
        return GetInfoResponse(
            model_id=model_id,
            model_name=lane.base_model,
            is_lora=lane.lora.rank > 0,
            lora_rank=lane.lora.rank,
            device=self.device,
            model_data=ModelDescription(model_name=lane.base_model),
        )

    async def list_checkpoints(self) -> list[str]:
        """Return the names of the job's committed checkpoints, in order."""
        shelf = CheckpointStore(self.config.checkpoint_root, self.config.account, self.config.job)
        return await self._blocking(shelf.names)

    def _lane(self, call: Call) -> ModelWorker:
        """Return the lane of a call that is new; what creates a model opens it."""
        if not isinstance(call, CreateModelRequest | CreateFromStateRequest):
            return self._open_lane(call.model_id)
        self.require_session(call.session_id)
        lane = ModelWorker(call, self.config, self.device, self._futures, emit=self._emit, blocking=self._blocking)
        return self._lanes.setdefault(model_id_of(call), lane)

    def _open_lane(self, model_id: str) -> ModelWorker:
        lane = self._lanes.get(model_id)
        if lane is None or lane.closing:
            raise unknown_model(model_id)
        return lane

    def _promise(self) -> str:
        self._requests += 1
        request_id = f"req-{self.config.incarnation}-{self._requests}"
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
        return (
            *self.config.identity,
            operation.model_id,
            operation.seq_id,
            operation.kind,
            operation.request_id,
        )
