"""Waiting for the first of several things."""

import asyncio
from collections.abc import Awaitable


async def first_of(*awaited: Awaitable[object], within_s: float | None = None) -> list[bool]:
    """Wait until one of them is done, for `within_s` seconds at most, and say of each whether it is.

    A coroutine that is not done is cancelled; a future or task belongs to the caller and goes on.
    """
    futures = [asyncio.ensure_future(one) for one in awaited]
    try:
        await asyncio.wait(futures, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        return [future.done() for future in futures]
    finally:
        for future, given in zip(futures, awaited, strict=True):
            if future is not given:
                future.cancel()
