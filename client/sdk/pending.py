"""A pending result: its task dispatches the work and fetches the result."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from gateway_sim.client.sdk.errors import APITimeoutError
from gateway_sim.client.sdk.failures import Failure

T = TypeVar("T")


class Pending(Generic[T]):
    """A future, as tinker's training calls return it; `request` names it in messages.

    The task continues without a waiter until its client is closed.
    """

    def __init__(self, work: Coroutine[Any, Any, T], request: str) -> None:
        self.request = request
        self.task = asyncio.get_running_loop().create_task(work, name=request)
        self.task.add_done_callback(_seen)

    async def result(self, timeout_s: float | None = None) -> T:
        """Return the result; raises the error of the work, or TimeoutError after `timeout_s`.

        A timeout stops the wait, not the work, as in tinker's blocking `result`.
        """
        try:
            async with asyncio.timeout(timeout_s) as limit:
                return await asyncio.shield(self.task)
        except TimeoutError:
            if not limit.expired():
                raise
            sentence = f"{self.request} had no result within {timeout_s:g} s"
            late = APITimeoutError(failure=Failure("poll", None, "timeout", message=sentence))
            raise TimeoutError(sentence) from late


def _seen(task: asyncio.Task[Any]) -> None:
    """Retrieve the exception, or asyncio logs it for a result that is never fetched."""
    if not task.cancelled():
        task.exception()
