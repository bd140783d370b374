"""A result that is on its way: its task dispatches the work and fetches the result."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from client.sdk.errors import APITimeoutError
from client.sdk.failures import Failure

T = TypeVar("T")


class Pending(Generic[T]):
    """A future-like result, as tinker's verbs return it; `request` names it, for people.

    The task runs on without a waiter, until the client that made it is closed.
    """

    def __init__(self, work: Coroutine[Any, Any, T], request: str) -> None:
        self.request = request
        self.task = asyncio.get_running_loop().create_task(work, name=request)
        self.task.add_done_callback(_seen)

    async def result(self, timeout_s: float | None = None) -> T:
        """Return the result; raises what the work raised, and TimeoutError when it is not there in time.

        Running out of time stops the waiting, not the work, like tinker's blocking `result`.
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
    """Mark a failure as known: a result that is never fetched is not worth a line on stderr."""
    if not task.cancelled():
        task.exception()
