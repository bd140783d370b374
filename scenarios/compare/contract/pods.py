"""Pods that record what arrives and answer as a clause says: they speak HTTP, and train nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.engines.live.engine import LiveEngine
from gateway_sim.scenarios.world.engine import Unguarded
from gateway_sim.scenarios.world.lost_pods import LostPods
from gateway_sim.upstream import Headers

FIRST, REST = b"the first half, ", b"the second half"
"""The chunks of `streamed`."""
CUT_BYTES: Final = 200_000
"""The length that `cut` states; it sends fewer."""
CALLER_READS_WITHIN_S: Final = 3.0
SENT_AFTER_S: Final = 0.1
"""The time in which what was sent leaves this process, and in which a reset connection ends."""


@dataclass(frozen=True)
class Arrived:
    """A request as it arrived at a pod; `path` is as it was sent, with its query string."""

    method: str
    path: str
    headers: Headers
    body: bytes

    def header(self, name: str) -> list[str]:
        """Return the values of a header."""
        return [value.decode("latin-1") for key, value in self.headers if key.lower() == name.lower().encode()]


@dataclass
class Pod(Unguarded):
    """An ASGI application that records requests. `first_was_read` is set by the caller of a `streamed` answer."""

    key: RouteKey
    incarnation: int
    answer: PodAnswer
    engine: LiveEngine
    address: str = ""
    fenced: bool = False
    arrived: list[Arrived] = field(default_factory=list)
    first_was_read: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
        query = scope["query_string"].decode("latin-1")
        path = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        self.arrived.append(Arrived(scope["method"], path, list(scope["headers"]), body))
        await (other_job if self.fenced else self.answer)(self, send)

    def reset(self) -> None:
        """Reset the pod's connections; it accepts others."""
        self.engine.reset(self.address)

    def close(self) -> None:
        """Reset the pod's connections, and refuse others."""
        self.engine.refuse(self.address)


PodAnswer = Callable[[Pod, Any], Awaitable[None]]
"""Answers a request that has arrived at a pod."""


def saying(status: int, body: bytes, *headers: tuple[str, str]) -> PodAnswer:
    """Return an answer with this status, body and headers."""

    async def answer(pod: Pod, send: Any) -> None:
        stated = [(name.encode(), value.encode()) for name, value in headers]
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [*stated, length]})
        await send({"type": "http.response.body", "body": body})

    return answer


async def named(pod: Pod, send: Any) -> None:
    """Answer 200 with the name of the pod, by which a caller knows it."""
    body = json.dumps({"pod": str(pod.key), "incarnation": pod.incarnation}).encode()
    await saying(200, body, ("content-type", "application/json"))(pod, send)


async def other_job(pod: Pod, send: Any) -> None:
    """Answer as a pod that does not serve this job any more."""
    body = json.dumps({"detail": "this pod does not serve this incarnation"}).encode()
    await saying(421, body, ("content-type", "application/json"))(pod, send)


async def streamed(pod: Pod, send: Any) -> None:
    """Send a chunk, and the other one once the caller has read the first."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": FIRST, "more_body": True})
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(pod.first_was_read.wait(), CALLER_READS_WITHIN_S)
    await send({"type": "http.response.body", "body": REST})


async def cut(pod: Pod, send: Any) -> None:
    """Break off in the middle of an answer."""
    length = (b"content-length", str(CUT_BYTES).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": b"x" * 1000, "more_body": True})
    await asyncio.sleep(SENT_AFTER_S)
    pod.reset()
    await asyncio.sleep(SENT_AFTER_S)


async def reset(pod: Pod, send: Any) -> None:
    """Take a request, and reset the connection."""
    pod.reset()
    await asyncio.sleep(SENT_AFTER_S)


@dataclass
class RecordingPods:
    """Launches the pods of jobs, each on a port of its own; a job's pod waits while its job is in `held`."""

    engine: LiveEngine
    answers: dict[RouteKey, PodAnswer] = field(default_factory=dict)
    held: dict[RouteKey, asyncio.Event] = field(default_factory=dict)
    pods: dict[RouteKey, list[Pod]] = field(default_factory=dict)
    lost: LostPods = field(default_factory=lambda: LostPods(lambda name: lambda event: None, 0.0))
    """None: no clause crashes or freezes a pod."""
    checkpoint_root: str = ""
    """These pods save nothing."""

    async def start(self, account: str, job: str, incarnation: int) -> str:
        """Serve a pod, and return its address."""
        key = RouteKey(account, job)
        if key in self.held:
            await self.held[key].wait()
        pod = Pod(key, incarnation, self.answers.get(key, named), self.engine)
        pod.address = await self.engine.serve(f"pod {key} {incarnation}", pod)
        self.pods.setdefault(key, []).append(pod)
        return pod.address

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        """Close the pod's port."""
        for pod in self._of(account, job, incarnation):
            pod.close()

    async def retire(self, account: str, job: str, incarnation: int, grace_s: float) -> None:
        """Let the pod answer 421 from now on."""
        for pod in self._of(account, job, incarnation):
            pod.fenced = True

    def newest(self, account: str, job: str) -> int | None:
        """Return None: no fault may strike these pods."""
        return None

    def kill(self, pod: object) -> None:
        """Do nothing."""

    freeze = thaw = kill

    async def restart(self, pod: object) -> None:
        """Do nothing."""

    def _of(self, account: str, job: str, incarnation: int) -> list[Pod]:
        return [pod for pod in self.pods.get(RouteKey(account, job), ()) if pod.incarnation == incarnation]
