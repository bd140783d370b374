"""A call in the process beside the page's server."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")


async def begun(pool: Executor, call: Callable[..., T], *arguments: object) -> asyncio.Future[T]:
    """Begin a call in the pool and return its future.

    The first call starts the process, which takes seconds and blocks its caller: so a thread begins it, and the server
    goes on answering.
    """
    return asyncio.wrap_future(await asyncio.to_thread(pool.submit, call, *arguments))
