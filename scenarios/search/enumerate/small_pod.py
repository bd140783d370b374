"""The pod of a small world: the product's ledger, and no model."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import urlsplit

from gateway_sim.upstream import Headers, UpstreamFailure, UpstreamReply
from scenarios.search.enumerate.hops import Emit, hop
from scenarios.search.enumerate.lazy_state import POD, LazyState
from scenarios.world.account import ACCOUNT, JOB
from trainer_pod.events import OperationAccepted, OperationRepeated, RequestMisdirected, SessionCreated, StepApplied
from trainer_pod.ledger import Fresh, Ledger, OperationKey, Repeat

MODEL: Final = "session-1:train:0"


class SmallPod:
    """A pod without a model: the ledger is the product's, an operation takes no time, and a step is counted.

    One batch's gradients are in already; a step that is applied again moves the weights on none. With `forgets` it has
    no ledger, as a pod of no sense has: for tests.
    """

    def __init__(self, unfolding: LazyState, emit: Emit, *, forgets: bool = False) -> None:
        self._unfolding = unfolding
        self._emit = emit
        self._forgets = forgets
        self._ledger = Ledger()
        self._steps = 0
        self._requests = 0

    async def open(self, method: str, url: str, headers: Headers, body: bytes | AsyncIterator[bytes]) -> UpstreamReply:
        """Take a request unless it is lost or the pod is gone, and answer unless the answer is lost."""
        path = urlsplit(url).path
        await hop(self._unfolding, self._emit, "gateway to pod", path, UpstreamFailure("reset"))
        if self._unfolding.ask("the pod", POD):
            raise UpstreamFailure("refused")
        assert isinstance(body, bytes)
        status, content = self._answer(path.removeprefix("/api/v1/"), dict(headers), json.loads(body or b"{}"))
        await hop(self._unfolding, self._emit, "pod to gateway", path, UpstreamFailure("reset"))
        return _Reply(status, json.dumps(content).encode())

    async def close(self) -> None:
        """Nothing is kept open."""

    def _answer(self, route: str, headers: dict[bytes, bytes], body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        meant = headers[b"fireworks-trainer"].decode()
        if meant != f"{ACCOUNT}/{JOB}@1":
            self._emit(RequestMisdirected(ACCOUNT, JOB, 1, meant))
            return 421, {"detail": "another pod was meant"}
        if route == "create_session":
            self._emit(SessionCreated(ACCOUNT, JOB, 1, "session-1"))
            return 200, {"session_id": "session-1", "type": "create_session"}
        if route == "get_info":
            described = {"model_name": "small"}
            told = {"model_id": MODEL, **described, "is_lora": False, "lora_rank": 0, "device": "none"}
            return 200, {**told, "model_data": described}
        if route == "optim_step":
            return 200, {"request_id": self._step(body), "model_id": MODEL}
        if route == "retrieve_future":
            return 200, {"metrics": {}}
        raise AssertionError(f"a small world has no {route}")

    def _step(self, body: dict[str, Any]) -> str:
        key, named = OperationKey(MODEL, 1, body["seq_id"]), (ACCOUNT, JOB, 1, MODEL, body["seq_id"])
        verdict = Fresh() if self._forgets else self._ledger.consult(key, json.dumps(body, sort_keys=True))
        if isinstance(verdict, Fresh):
            self._requests += 1
            request_id = f"req-1-{self._requests}"
            self._ledger.record(key, json.dumps(body, sort_keys=True), request_id)
            self._emit(OperationAccepted(*named, "optim_step", request_id))
            self._steps += 1
            self._emit(StepApplied(*named, self._steps, 1 if self._steps == 1 else 0, "none"))
            return request_id
        assert isinstance(verdict, Repeat), "no client sends another step under the same number"
        self._emit(OperationRepeated(*named, "optim_step", verdict.request_id))
        return verdict.request_id


class _Reply:
    """A short answer of a pod."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.headers: Headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        self.chunks = self._read(body)
        self._body = body

    async def whole(self) -> bytes:
        """Read the body."""
        return self._body

    async def aclose(self) -> None:
        """Nothing is kept open."""

    @staticmethod
    async def _read(body: bytes) -> AsyncIterator[bytes]:
        yield body
