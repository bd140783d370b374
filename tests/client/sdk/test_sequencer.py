"""Numbers are drawn at once and taken in order."""

import asyncio

import pytest

from gateway_sim.client.sdk.sequencer import Sequencer
from tests.clock import run


def test_turns_are_taken_in_the_order_they_were_drawn():
    """A caller that comes early waits for the number before its own."""
    taken = []

    async def take(sequencer, number, after_s):
        await asyncio.sleep(after_s)
        async with sequencer.take(number):
            taken.append(number)
            await asyncio.sleep(1.0)

    async def work():
        sequencer = Sequencer()
        first, second, third = sequencer.draw(), sequencer.draw(), sequencer.draw()
        await asyncio.gather(take(sequencer, third, 0.0), take(sequencer, second, 0.5), take(sequencer, first, 2.0))

    run(work())
    assert taken == [1, 2, 3]


def test_a_number_that_is_never_taken_holds_up_the_later_ones():
    """This is how a failed chunk makes a retried call hang in tinker (docs/reference/findings.md §0 F2)."""

    async def work():
        sequencer = Sequencer()
        sequencer.draw()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600.0), sequencer.take(sequencer.draw()):
                pass

    run(work())


def test_a_turn_that_fails_is_over():
    """The next one goes on."""

    async def work():
        sequencer = Sequencer()
        with pytest.raises(RuntimeError):
            async with sequencer.take(sequencer.draw()):
                raise RuntimeError("dispatch failed")
        async with sequencer.take(sequencer.draw()):
            pass

    run(work())
