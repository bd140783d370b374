"""The virtual time that the tests of the four packages run on."""

import asyncio
import time

import pytest

from tests.clock import run


def test_an_hour_passes_at_once_and_timers_fire_in_order():
    """The loop's clock reads what was slept, from 0 s on."""

    async def story():
        fired = []

        async def note(after_s):
            await asyncio.sleep(after_s)
            fired.append((after_s, asyncio.get_running_loop().time()))

        await asyncio.gather(note(3600.0), note(0.5), note(2.0))
        return fired

    began_s = time.monotonic()
    assert run(story()) == [(0.5, 0.5), (2.0, 2.0), (3600.0, 3600.0)]
    assert time.monotonic() - began_s < 60.0


def test_a_wait_that_nothing_can_end_is_an_error_and_no_hang():
    """No timer is set and no I/O is awaited."""

    async def story():
        await asyncio.sleep(1.0)
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="at 1 s every task waits"):
        run(story())
