"""The caller's end of a request: its body, whole or in pieces, and its leaving."""

import asyncio

import pytest

from gateway_sim.caller import Caller, CallerLeft
from gateway_sim.problems import Problem
from tests import clock

LEAVES = {"type": "http.disconnect"}


def piece(body, more=True):
    """Return one message of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


def caller_of(*messages, max_bytes=10):
    """Return a caller who sends these messages and then stays silent."""
    queue = list(messages)

    async def receive():
        if not queue:
            await asyncio.Event().wait()
        return queue.pop(0)

    return Caller(receive, max_bytes)


async def read(caller):
    """Return the pieces of a streamed body."""
    return [part async for part in await caller.body()]


def test_a_short_body_is_given_whole():
    """As bytes, for they can be sent a second time; no body is an empty one."""
    assert clock.run(caller_of(piece(b"0123456789", more=False)).body()) == b"0123456789"
    assert clock.run(caller_of({"type": "http.request"}).body()) == b""


def test_a_long_body_is_given_in_its_pieces():
    """Empty ones left out."""
    caller = caller_of(piece(b"01"), piece(b""), piece(b"23"), piece(b"", more=False))
    assert clock.run(read(caller)) == [b"01", b"23"]
    assert caller.stopped is None
    # ASGI leaves out an empty body, and that there is no more of it
    assert clock.run(read(caller_of(piece(b"01"), {"type": "http.request"}))) == [b"01"]


@pytest.mark.parametrize(
    "messages", [(piece(b"x" * 11, more=False),), (piece(b"x" * 11),), (piece(b"x" * 6), piece(b"x" * 5, more=False))]
)
def test_a_body_above_the_limit_is_refused(messages):
    """In the piece that goes above it, and 413 says the limit."""
    with pytest.raises(Problem, match="10 bytes") as refused:
        clock.run(read(caller_of(*messages)))
    assert refused.value.status == 413


def test_a_caller_may_leave_before_or_in_its_body():
    """Either way the caller waits for no answer."""
    with pytest.raises(CallerLeft):
        clock.run(caller_of(LEAVES).body())
    with pytest.raises(CallerLeft):
        clock.run(read(caller_of(piece(b"01"), LEAVES)))


@pytest.mark.parametrize(("last", "why"), [(LEAVES, CallerLeft), (piece(b"x" * 11), Problem)])
def test_why_a_body_was_cut_short_is_kept(last, why):
    """The reader of the pieces may raise another exception, as a client library does."""
    caller = caller_of(piece(b"01"), last)
    with pytest.raises(why):
        clock.run(read(caller))
    assert isinstance(caller.stopped, why)


def test_leaving_is_told_once_the_body_is_here():
    """Whether it came whole or in pieces."""

    async def story(*messages):
        caller = caller_of(*messages, LEAVES)
        body = await caller.body()
        if not isinstance(body, bytes):
            assert [part async for part in body]
        async with asyncio.timeout(1.0):
            await caller.leaving()

    clock.run(story(piece(b"01", more=False)))
    clock.run(story(piece(b"01"), piece(b"2", more=False)))


def test_leaving_takes_nothing_from_a_body_that_still_passes():
    """The pod may begin to answer before it has read all."""

    async def story():
        caller = caller_of(piece(b"01"), piece(b"2", more=False))
        body = await caller.body()
        leaving = caller.leaving()
        await asyncio.sleep(1.0)
        assert not leaving.done()
        return [part async for part in body]

    assert clock.run(story()) == [b"01", b"2"]
