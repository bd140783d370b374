"""A pod's answers that are delayed, lost or replaced: which request it meets, and what the pod was sent."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway_sim.scenarios.world.faulty_upstream import LOST_S, FaultyUpstream
from gateway_sim.upstream import UpstreamFailure
from tests import clock

STEP = ("POST", "http://pod/api/v1/optim_step", [(b"x-a", b"1")], b"{}")
POLL = ("POST", "http://pod/api/v1/retrieve_future", [], b"{}")


class Answer:
    """A pod's answer, which counts how often it was closed."""

    status, headers, closed = 200, (), 0

    async def aclose(self) -> None:
        """Count it."""
        self.closed += 1


class Pod:
    """The client of a pod that answers everything at once."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, ...]] = []
        self.answers: list[Answer] = []
        self.closed = 0

    async def open(self, *asked: Any) -> Answer:
        """Note the request."""
        self.sent.append(asked)
        self.answers.append(Answer())
        return self.answers[-1]

    async def close(self) -> None:
        """Count it."""
        self.closed += 1


def played(story: Callable[[FaultyUpstream, Pod, Callable[..., Awaitable[Any]]], Awaitable[None]]) -> None:
    """Play a story; `ask` sends a request, and returns the status or the failure, and the seconds that it took."""
    pod = Pod()
    upstream = FaultyUpstream(pod)  # type: ignore[arg-type]

    async def ask(request: tuple[Any, ...]) -> tuple[Any, float]:
        began_s = asyncio.get_running_loop().time()
        try:
            told: Any = (await upstream.open(*request)).status
        except UpstreamFailure as failure:
            told = failure.kind
        return told, asyncio.get_running_loop().time() - began_s

    clock.run(story(upstream, pod, ask))  # type: ignore[arg-type]


def test_a_request_reaches_the_pod_as_it_is() -> None:
    """And the close closes the client beneath."""

    async def story(upstream: FaultyUpstream, pod: Pod, ask: Any) -> None:
        assert await ask(STEP) == (200, 0.0)
        assert pod.sent == [STEP]
        await upstream.close()
        assert pod.closed == 1

    played(story)


def test_each_delay_meets_one_answer_of_its_path_the_oldest_first() -> None:
    """A path's own pace comes on top; one that was undone before, meets none."""
    met: list[str] = []

    async def story(upstream: FaultyUpstream, pod: Pod, ask: Any) -> None:
        for name, late_s in (("a", 1.0), ("undone", 50.0), ("b", 2.0)):
            undo = upstream.delay_next("optim_step", late_s, lambda name=name: met.append(name))  # type: ignore[misc]
            if name == "undone":
                undo()
                undo()
        assert await ask(POLL) == (200, 0.0)
        upstream.pace = lambda path: 0.25 if path == "optim_step" else 0.0
        assert [await ask(STEP) for _ in range(3)] == [(200, 1.25), (200, 2.25), (200, 0.25)]
        assert met == ["a", "b"]

    played(story)


def test_an_answer_that_is_lost_was_given() -> None:
    """The pod has done the work; its answer is closed, and the gateway sees a reset."""

    async def story(upstream: FaultyUpstream, pod: Pod, ask: Any) -> None:
        upstream.delay_next("optim_step", LOST_S, lambda: None)
        assert await ask(STEP) == ("reset", 0.0)
        assert (pod.sent, pod.answers[0].closed) == ([STEP], 1)

    played(story)


@pytest.mark.parametrize(("after_work", "told"), [(True, "reset"), (False, 503)])
def test_while_a_fault_fails_the_pods_each_request_meets_it(after_work: bool, told: object) -> None:
    """After the work the pod was sent the request, before it nothing; the newest fault counts until its undo."""
    met: list[str] = []

    async def story(upstream: FaultyUpstream, pod: Pod, ask: Any) -> None:
        older = upstream.fail(after_work=not after_work, met=lambda path: met.append("older"))
        newer = upstream.fail(after_work=after_work, met=met.append)
        older()
        assert [await ask(STEP), await ask(POLL)] == [(told, 0.0)] * 2
        assert met == ["optim_step", "retrieve_future"]
        assert pod.sent == ([STEP, POLL] if after_work else [])
        assert [answer.closed for answer in pod.answers] == [1, 1][: len(pod.sent)]
        newer()
        assert await ask(STEP) == (200, 0.0)

    played(story)


def test_the_answer_in_place_of_the_pods_is_an_empty_object() -> None:
    """In one piece and in chunks, with its length."""

    async def story(upstream: FaultyUpstream, pod: Pod, ask: Any) -> None:
        upstream.fail(after_work=False, met=lambda path: None)
        reply = await upstream.open(*STEP)  # type: ignore[arg-type]
        assert await reply.whole() == b"{}" == b"".join([chunk async for chunk in reply.chunks])
        assert dict(reply.headers) == {b"content-type": b"application/json", b"content-length": b"2"}
        await reply.aclose()

    played(story)
