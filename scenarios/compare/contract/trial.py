"""What a clause may do: bring a job of its own into a state, ask the gateway, and look at what arrived at the pods."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from gateway_sim.control_plane.events import JobMoved
from gateway_sim.control_plane.jobs.states import JobState
from gateway_sim.events import StrongRead
from gateway_sim.legs import API, Leg, leg_of
from gateway_sim.proxy import PREFIX
from gateway_sim.replicas import Dated, Lags
from gateway_sim.route_table import Change, RouteKey
from gateway_sim.scenarios.compare.contract.answers import Answer
from gateway_sim.scenarios.compare.contract.pods import Arrived, Pod, PodAnswer, RecordingPods, named
from gateway_sim.scenarios.world.account import ACCOUNT, API_KEY
from gateway_sim.scenarios.world.builder import World
from gateway_sim.upstream import Upstream, UpstreamFailure, UpstreamReply

PATHS: Final[dict[Leg, str]] = {
    "connect": API + "create_session",
    "dispatch": API + "forward_backward",
    "sample": API + "asample",
    "poll": API + "retrieve_future",
    "heartbeat": API + "session_heartbeat",
    "health": API + "healthz",
    "other": API + "weights_info",
}
"""A path of each leg, on the pod."""
PATIENCE_S: Final[dict[Leg, float]] = {
    "connect": 45.0, "dispatch": 45.0, "sample": 45.0, "poll": 45.0, "heartbeat": 10.0, "health": 5.0, "other": 45.0,
}  # fmt: skip
"""How long an answer is waited for: as the SDKs do, which give a call 60 s (docs/reference/protocol.md §1, §3)."""
FOREIGN: Final = "globex"
"""An account that the API key does not reach."""
GRACE_S: Final = 60.0
FAILED: Final = {
    "refused": "refused the connection",
    "connect-timeout": "let no connection come about",
    "reset": "broke the connection without an answer",
    "timeout": "was silent",
}
JSON: Final = ("content-type", "application/json")


@dataclass
class Unseen:
    """The view of a replica that sees every change, but of some jobs none from a serial number on."""

    wavers: ClassVar[bool] = False

    since: dict[RouteKey, int] = field(default_factory=dict)

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """See a change of another job, or from before."""
        hidden = isinstance(change, Change) and change.serial >= self.since.get(change.route.key, change.serial + 1)
        return change.at_s <= now_s and not hidden

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Settle at once; what is not seen at the end was never seen."""
        return change.at_s


@dataclass(frozen=True)
class Trial:
    """One clause at one gateway, whose instance listens at `address`; `name` is that of the clause's jobs."""

    name: str
    world: World
    address: str
    pods: RecordingPods
    unseen: Unseen
    upstream: Upstream

    # the states of a job

    def nothing(self) -> RouteKey:
        """Return a job that never was."""
        return RouteKey(ACCOUNT, self.name)

    async def running(self, *, account: str = ACCOUNT, answer: PodAnswer = named, unseen: bool = False) -> RouteKey:
        """Start a job whose pod gives this answer; the gateway may see its route, unless `unseen`."""
        key = RouteKey(account, self.name)
        self.pods.answers[key] = answer
        if unseen:
            self.hide(key)
        self.world.reconciler.create(*key)
        await self.until_running(key, 1)
        return key

    async def starting(self) -> RouteKey:
        """Start a job and preempt it: its next pod is on its way, and the gateway sees that, until it may `come_up`."""
        key = await self.running()
        self.pods.held[key] = asyncio.Event()
        await self.world.reconciler.requeue(*key)
        return key

    def come_up(self, key: RouteKey) -> None:
        """Let the next pod of a job that is `starting` come up."""
        self.pods.held[key].set()

    async def moved(self, *, old_answers: bool) -> RouteKey:
        """Move a job to another pod, which the gateway does not see; the old pod answers 421, or its port is closed."""
        key = await self.running()
        self.hide(key)
        await self.world.reconciler.requeue(*key, GRACE_S if old_answers else 0.0)
        await self.until_running(key, 2)
        return key

    async def deleted(self, *, unseen: bool = False) -> RouteKey:
        """Start a job and delete it; the gateway may see the tombstone, unless `unseen`."""
        key = await self.running()
        if unseen:
            self.hide(key)
        await self.world.reconciler.delete(*key)
        return key

    async def recreated(self) -> RouteKey:
        """Delete a job and start it again, which the gateway does not see."""
        key = await self.deleted()
        self.hide(key)
        self.world.reconciler.create(*key)
        await self.until_running(key, 2)
        return key

    def hide(self, key: RouteKey) -> None:
        """Hide all later changes of a job from the gateway's eventually consistent reads."""
        self.unseen.since[key] = self.world.table.history.length

    async def until_running(self, key: RouteKey, incarnation: int) -> None:
        """Wait until this incarnation is RUNNING."""
        await self.world.until(
            JobMoved, account=key.account, job=key.job, state=JobState.RUNNING.value, incarnation=incarnation
        )

    # requests

    async def ask(
        self,
        key: RouteKey,
        path: str = PATHS["dispatch"],
        *,
        method: str = "POST",
        headers: Sequence[tuple[str, str]] = (JSON,),
        body: bytes | AsyncIterator[bytes] = b"{}",
        api_key: str | None = API_KEY,
    ) -> Answer:
        """Send a request for a job to the gateway, and return its answer."""
        return await self.get_at(
            f"{PREFIX}{key}/{path}", leg_of(path.partition("?")[0]), method, self._with_key(headers, api_key), body
        )

    async def ask_leg(self, key: RouteKey, leg: Leg) -> Answer:
        """Send a request of a leg."""
        if leg == "health":
            return await self.ask(key, PATHS[leg], method="GET", headers=(), body=b"")
        return await self.ask(key, PATHS[leg])

    async def get_at(
        self,
        target: str,
        leg: Leg,
        method: str = "GET",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | AsyncIterator[bytes] = b"",
    ) -> Answer:
        """Send a request to any path of the gateway, and return its answer."""
        loop = asyncio.get_running_loop()
        began_s, status, kept = loop.time(), 0, []
        try:
            async with asyncio.timeout(PATIENCE_S[leg]), self._opened(method, target, headers, body) as reply:
                status, kept = reply.status, reply.headers
                return Answer(status, kept, await reply.whole(), loop.time() - began_s)
        except TimeoutError:
            why = f"gave no complete answer within {PATIENCE_S[leg]:g} s"
        except UpstreamFailure as failure:
            why = FAILED[failure.kind]
        return Answer(status, kept, b"", loop.time() - began_s, why)

    def stream(self, key: RouteKey, path: str) -> contextlib.AbstractAsyncContextManager[UpstreamReply]:
        """Send a GET request for a job, whose answer is read as it arrives. Raises `UpstreamFailure`."""
        return self._opened("GET", f"{PREFIX}{key}/{path}", self._with_key((), API_KEY), b"")

    @contextlib.asynccontextmanager
    async def _opened(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes | AsyncIterator[bytes]
    ) -> AsyncIterator[UpstreamReply]:
        raw = [(name.encode(), value.encode()) for name, value in headers]
        reply = await self.upstream.open(method, f"http://{self.address}{target}", raw, body)
        try:
            yield reply
        finally:
            await reply.aclose()

    def _with_key(self, headers: Sequence[tuple[str, str]], api_key: str | None) -> list[tuple[str, str]]:
        return [*headers, *([("x-api-key", api_key)] if api_key else [])]

    # what happened

    def arrived(self, key: RouteKey) -> list[Arrived]:
        """Return the requests that arrived at the job's pods."""
        return [request for pod in self.pods.pods.get(key, ()) for request in pod.arrived]

    def pod(self, key: RouteKey) -> Pod:
        """Return the job's newest pod."""
        return self.pods.pods[key][-1]

    def is_from(self, key: RouteKey, answer: Answer, incarnation: int = 1) -> bool:
        """Say whether an answer is that of this incarnation's pod."""
        return answer.status == 200 and answer.problem == {"pod": str(key), "incarnation": incarnation}

    def strong_reads(self, key: RouteKey) -> int:
        """Return how often the job's route was read strongly."""
        read = (entry.event for entry in self.world.trace.of(StrongRead))
        return sum((event.account, event.job) == key for event in read)
