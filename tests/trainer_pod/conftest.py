"""A pod and someone who calls it, without sockets: `play` runs a story on the virtual loop, where waiting is free."""

import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from gateway_sim.trainer_pod.app import PodApp
from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.pod import TrainerPod
from gateway_sim.trainer_pod.protocol import Datum
from gateway_sim.trainer_pod.text import batch
from tests import clock

Reply = tuple[int, dict[str, Any]]
T = TypeVar("T")


class Caller:
    """Speaks the protocol to one pod, and keeps the events it emits."""

    def __init__(self, config: PodConfig) -> None:
        self.events: list[Any] = []
        self.pod = TrainerPod(config, emit=self.events.append)
        self.headers: dict[str, str] = {}
        self.model_id = ""
        self.last_headers: dict[str, str] = {}

    def seen(self, kind: type[T]) -> list[T]:
        """Return the events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    async def send(self, method: str, route: str, body: bytes = b"") -> Reply:
        """Make one HTTP request and return status and JSON."""
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        path, _, query = f"/api/v1/{route}".partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in self.headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("pod", 80),
        }
        await PodApp(self.pod)(scope, receive, send)
        self.last_headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], json.loads(b"".join(part.get("body", b"") for part in sent[1:]))

    async def post(self, route: str, **body: Any) -> Reply:
        """Post a JSON body."""
        return await self.send("POST", route, json.dumps(body).encode())

    async def poll(self, request_id: str) -> Reply:
        """Poll once for a result."""
        return await self.post("retrieve_future", request_id=request_id)

    async def result(self, route: str, **body: Any) -> dict[str, Any]:
        """Ask for an operation and poll until its result is there."""
        status, envelope = await self.post(route, **body)
        assert status == 200, envelope
        status, result = await self.poll(envelope["request_id"])
        while status == 408:
            status, result = await self.poll(envelope["request_id"])
        assert status == 200, result
        return result

    async def connect(self, rank: int = 4, **lora: Any) -> str:
        """Start the pod if it is cold, open a session, create a model, and return the model's id."""
        if self.pod.state.value == "COLD":
            await self.pod.start()
        _, session = await self.post("create_session")
        made = await self.result(
            "create_model",
            session_id=session["session_id"],
            model_seq_id=0,
            base_model="byte-transformer",
            lora_config={"rank": rank, **lora},
        )
        self.model_id = made["model_id"]
        return self.model_id

    def forward_backward_body(self, seq_id: int, data: Sequence[Datum] | None = None, **changed: Any) -> dict[str, Any]:
        """Return the body of a forward_backward on the text."""
        examples = batch(0, 2, 16) if data is None else data
        told = {"data": [datum.model_dump() for datum in examples], "loss_fn": "cross_entropy", **changed}
        return {"forward_backward_input": told, "model_id": self.model_id, "seq_id": seq_id}

    def optim_step_body(self, seq_id: int, **adam: Any) -> dict[str, Any]:
        """Return the body of an optim_step."""
        return {"adam_params": {"learning_rate": 1e-3, **adam}, "model_id": self.model_id, "seq_id": seq_id}


@pytest.fixture
def config(tmp_path: Path) -> PodConfig:
    """Configure incarnation 1 of acme/alice, its checkpoints in a folder of the test."""
    return PodConfig("acme", "alice", 1, str(tmp_path))


@pytest.fixture
def caller(config: PodConfig) -> Caller:
    """Give a cold pod and its caller."""
    return Caller(config)


@pytest.fixture
def open_caller() -> Callable[[PodConfig], Caller]:
    """Give the way to another pod and its caller."""
    return Caller


@pytest.fixture
def play() -> Callable[[Callable[[], Awaitable[T]]], T]:
    """Give the way to play an async story to its end in virtual time."""

    def run(story: Callable[[], Awaitable[T]]) -> T:
        async def whole() -> T:
            return await story()

        return clock.run(whole())

    return run
