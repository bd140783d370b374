"""A result that is on its way: waited for, given up, and fetched all the same."""

import asyncio

import pytest

from gateway_sim.client.sdk.errors import APITimeoutError
from gateway_sim.client.sdk.pending import Pending
from tests.clock import run


async def work(after_s, result="done", fails=None):
    """Take a while, then return or raise."""
    await asyncio.sleep(after_s)
    if fails is not None:
        raise fails
    return result


def test_running_out_of_time_stops_the_waiting_and_not_the_work():
    """The message names the request and the time; the result can be waited for again."""

    async def story():
        pending = Pending(work(10.0), "optim_step 2")
        with pytest.raises(TimeoutError, match="optim_step 2 had no result within 4 s") as late:
            await pending.result(4.0)
        assert isinstance(late.value.__cause__, APITimeoutError)
        assert str(late.value.__cause__) == str(late.value)
        assert pending.task.get_name() == "optim_step 2"
        return await pending.result(), asyncio.get_running_loop().time()

    assert run(story()) == ("done", 10.0)


def test_a_timeout_of_the_work_itself_is_raised_as_it_is():
    """It says something else than that the caller ran out of time."""

    async def story():
        with pytest.raises(TimeoutError, match="the pod was silent") as caught:
            await Pending(work(1.0, fails=TimeoutError("the pod was silent")), "forward 1").result(60.0)
        return caught.value.__cause__

    assert run(story()) is None


def test_a_caller_that_leaves_does_not_take_the_work_along():
    """Two wait for one result; the first is cancelled."""

    async def story():
        pending = Pending(work(5.0), "forward 1")
        first, second = (asyncio.ensure_future(pending.result()) for _ in range(2))
        await asyncio.sleep(1.0)
        first.cancel()
        return await second

    assert run(story()) == "done"


def test_a_failure_that_is_never_fetched_is_not_reported_by_the_loop():
    """asyncio would write "exception was never retrieved" to stderr."""

    async def story():
        complaints = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
        Pending(work(1.0, fails=RuntimeError("unread")), "forward 1")
        await asyncio.sleep(2.0)
        return complaints

    assert run(story()) == []
