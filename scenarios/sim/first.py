"""A wait for the first of several awaitables."""

import asyncio
from collections.abc import Awaitable


async def first_of(*awaited: Awaitable[object], within_s: float | None = None) -> list[bool]:
    """Wait until one awaitable is done, for `within_s` seconds at most, and return for each whether it is done.

    An unfinished coroutine is cancelled; an unfinished future or task of the caller goes on.
    """
    futures = [asyncio.ensure_future(one) for one in awaited]
    try:
        await asyncio.wait(futures, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        return [future.done() for future in futures]
    finally:
        for future, given in zip(futures, awaited, strict=True):
            if future is not given:
                future.cancel()
