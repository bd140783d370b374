"""A trainer that answers from a script: the one fake of these tests, at the client's door to the network."""

import asyncio
import json
import random
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from gateway_sim.client.connecting import connect_by_sdk
from gateway_sim.client.job_manager import JobStatus, TrainerEndpoint
from gateway_sim.client.reconnectable import AsyncReconnectableClient
from gateway_sim.client.retry_policies import RetryPolicy
from gateway_sim.client.sdk.calls import SdkCalls
from gateway_sim.client.sdk.profiles import TINKER_0_15, SdkProfile
from gateway_sim.client.sdk.service import ServiceClient
from gateway_sim.client.sdk.session import TrainingClient
from gateway_sim.client.sdk.transport import HttpCall, HttpReply, WireFailure

BASE_URL = "http://gateway/training/v1/rlorTrainerJobs/acme/job-1"
BATCH = [
    {
        "model_input": {"chunks": [{"type": "encoded_text", "tokens": [1, 2, 3]}]},
        "loss_fn_inputs": {
            "target_tokens": {"data": [2, 3, 4], "dtype": "int64", "shape": [3]},
            "weights": {"data": [1.0, 1.0, 1.0], "dtype": "float32", "shape": [3]},
        },
    }
]


@dataclass
class Sent:
    """A request as the trainer saw it."""

    at_s: float
    pool: str
    method: str
    route: str
    headers: dict[str, str]
    body: dict[str, Any]
    timeout_s: float
    url: str
    content: bytes


@dataclass
class Script:
    """What a route answers next: `left` times (None: for ever), or until a moment of the loop's clock."""

    status: int | None
    left: int | None
    until_s: float | None
    headers: dict[str, str]
    body: bytes
    lost: str | None = None


@dataclass
class ScriptedTrainer:
    """A `Transport` on which everything succeeds after `latency_s`, but for what a test scripts."""

    latency_s: float = 0.01
    sent: list[Sent] = field(default_factory=list)
    closed: bool = False

    def __post_init__(self) -> None:
        self._scripts: dict[str, deque[Script]] = {}
        self._kinds: dict[str, str] = {}

    def answer(
        self,
        route: str,
        status: int,
        *,
        times: int | None = None,
        until_s: float | None = None,
        headers: dict[str, str] | None = None,
        body: object = None,
    ) -> None:
        """Let a route answer `status`, `times` times or until `until_s` on the clock; with neither, for ever."""
        content = (
            body
            if isinstance(body, bytes)
            else json.dumps({"detail": "as scripted"} if body is None else body).encode()
        )
        self._scripts.setdefault(route, deque()).append(Script(status, times, until_s, headers or {}, content))

    def lose(self, route: str, kind: str, *, times: int | None = None) -> None:
        """Let calls of a route get no answer."""
        self._scripts.setdefault(route, deque()).append(Script(None, times, None, {}, b"", lost=kind))

    def of(self, route: str) -> list[Sent]:
        """Return the requests of one route, in order."""
        return [sent for sent in self.sent if sent.route == route]

    def gaps_s(self, route: str) -> list[float]:
        """Return the seconds between an answer and the next request of a route."""
        times = [sent.at_s for sent in self.of(route)]
        return [later - sooner - self.latency_s for sooner, later in pairwise(times)]

    def keys(self, route: str) -> list[str]:
        """Return the distinct idempotency keys of a route, in order."""
        return list(dict.fromkeys(sent.headers["X-Idempotency-Key"] for sent in self.of(route)))

    async def send(self, pool: str, call: HttpCall) -> HttpReply:
        """Answer one request from the script."""
        loop = asyncio.get_running_loop()
        route = call.url.partition("/api/v1/")[2] or call.url.removeprefix("http://control")
        body = json.loads(call.body) if call.body else {}
        self.sent.append(
            Sent(loop.time(), pool, call.method, route, call.headers, body, call.timeout_s, call.url, call.body)
        )
        await asyncio.sleep(self.latency_s)
        script = self._next(route, loop.time())
        if script is None:
            return HttpReply(200, {}, json.dumps(self._success(route, body)).encode())
        if script.lost is not None:
            raise WireFailure(script.lost)  # type: ignore[arg-type]
        assert script.status is not None
        return HttpReply(script.status, script.headers, script.body)

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    def _next(self, route: str, now_s: float) -> Script | None:
        scripts = self._scripts.get(route)
        while scripts:
            script = scripts[0]
            if script.left == 0 or (script.until_s is not None and now_s >= script.until_s):
                scripts.popleft()
                continue
            if script.left is not None:
                script.left -= 1
            return script
        return None

    def _success(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        if route == "create_session":
            return {"session_id": "session-1"}
        if route == "session_heartbeat":
            return {"type": "session_heartbeat"}
        if route == "get_info":
            model = {"model_name": "bytes"}
            told = {"model_name": "bytes", "is_lora": True, "lora_rank": 4, "device": "cpu", "model_data": model}
            return {"model_id": body["model_id"], **told}
        if route == "create_sampling_session":
            return {"sampling_session_id": f"{body['session_id']}:sample:{body['sampling_session_seq_id']}"}
        if route == "list_checkpoints":
            return {"checkpoints": ["step-1"]}
        if route == "retrieve_future":
            return self._result(self._kinds[body["request_id"]])
        request_id = f"req-{len(self._kinds) + 1}"
        self._kinds[request_id] = route
        return {"request_id": request_id}

    @staticmethod
    def _result(route: str) -> dict[str, Any]:
        if route == "create_model":
            return {"model_id": "model-1", "type": "create_model"}
        if route == "optim_step":
            return {"metrics": None}
        if route in ("save_weights", "load_weights", "save_weights_for_sampler"):
            return {"path": "step-1", "type": route}
        if route == "asample":
            return {"sequences": [{"stop_reason": "length", "tokens": [7], "logprobs": [-0.5]}], "type": "sample"}
        logprobs = {"data": [-1.0, -2.0, -3.0], "dtype": "float32", "shape": [3]}
        return {
            "loss_fn_output_type": "cross_entropy",
            "loss_fn_outputs": [{"logprobs": logprobs}],
            "metrics": {"loss:sum": 6.0},
        }


@dataclass
class ScriptedJobs:
    """A control plane of which only one job's state is known; `error` makes every question fail."""

    state: str = "JOB_STATE_RUNNING"
    error: Exception | None = None
    asked: int = 0
    waited_at_most_s: float | None = None

    async def wait_for_existing(self, job: str, timeout_s: float = 1e9) -> TrainerEndpoint:
        """Say that the job is ready."""
        self.waited_at_most_s = timeout_s
        return TrainerEndpoint(BASE_URL, "acme", job)

    async def get(self, job: str) -> JobStatus:
        """Return the job's state, or fail."""
        self.asked += 1
        if self.error is not None:
            raise self.error
        return JobStatus("acme", job, self.state)


@dataclass
class Bench:
    """A scripted trainer, a scripted control plane, and clients that talk to them; `events` is what was emitted."""

    trainer: ScriptedTrainer = field(default_factory=ScriptedTrainer)
    jobs: ScriptedJobs = field(default_factory=ScriptedJobs)
    events: list[object] = field(default_factory=list)

    def calls(self, profile: SdkProfile = TINKER_0_15) -> SdkCalls:
        """Return the calls of an SDK to the trainer."""
        return SdkCalls(BASE_URL, "key-1", profile, self.trainer, random.Random(0), self.events.append)

    async def service(self, profile: SdkProfile = TINKER_0_15) -> ServiceClient:
        """Return a session."""
        return await ServiceClient.connect(
            BASE_URL, "key-1", transport=self.trainer, rng=random.Random(0), emit=self.events.append, profile=profile
        )

    async def training(self, profile: SdkProfile = TINKER_0_15) -> TrainingClient:
        """Return a training client on a new model."""
        return await (await self.service(profile)).create_training_client("bytes", 4)

    def reconnectable(self, policy: RetryPolicy) -> AsyncReconnectableClient:
        """Return a client with a policy, not yet connected."""
        connect = connect_by_sdk("key-1", self.trainer, random.Random(0), self.events.append)
        return AsyncReconnectableClient(
            self.jobs,
            "job-1",
            "bytes",
            4,
            policy=policy,
            connect=connect,
            rng=random.Random(0),
            emit=self.events.append,
        )

    def heard(self, kind: type) -> list[Any]:
        """Return the events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def bench() -> Bench:
    """Give a trainer and a control plane on which everything succeeds."""
    return Bench()


@pytest.fixture
def batch() -> list[dict[str, Any]]:
    """Give a batch of one datum with three tokens."""
    return BATCH
