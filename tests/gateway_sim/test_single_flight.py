"""Reads that are shared, and those that must not be."""

import asyncio

import pytest

from gateway_sim.finder import ReadCapacity
from gateway_sim.single_flight import SingleFlight
from tests.clock import run


class Slow:
    """A store whose reads take a second and show what stood when they began."""

    def __init__(self):
        self.value = "old"
        self.reads = 0

    async def read(self, key):
        """Read."""
        self.reads += 1
        seen = self.value
        await asyncio.sleep(1.0)
        if seen == "broken":
            raise LookupError(key)
        return seen


def test_those_who_ask_at_once_share_two_reads():
    """The first goes alone, for it began before the others asked; they share the next."""

    async def story():
        store = Slow()
        ask = SingleFlight(store.read)
        first = asyncio.ensure_future(ask("k"))
        await asyncio.sleep(0.5)
        store.value = "new"
        later = await asyncio.gather(*(ask("k") for _ in range(64)))
        return await first, set(later), store.reads

    assert run(story()) == ("old", {"new"}, 2)


def test_one_who_leaves_does_not_take_the_read_along():
    """A cancelled asker is not a cancelled read."""

    async def story():
        ask = SingleFlight(Slow().read)
        first, second = asyncio.ensure_future(ask("k")), asyncio.ensure_future(ask("k"))
        await asyncio.sleep(0.1)
        first.cancel()
        return await second

    assert run(story()) == "old"


def test_a_read_that_fails_fails_for_all_of_its_askers_and_the_next_is_tried():
    """Nothing is remembered of a failure."""

    async def story():
        store = Slow()
        store.value = "broken"
        ask = SingleFlight(store.read)
        for _ in range(2):
            with pytest.raises(LookupError):
                await ask("k")
        store.value = "mended"
        return await ask("k")

    assert run(story()) == "mended"


def test_a_strong_read_costs_twice_an_eventual_one():
    """DynamoDB's prices, which moto does not know (docs/reference/findings.md §4)."""
    assert ReadCapacity(strong=3, eventual=4).units == 5.0


def test_a_read_that_waits_to_begin_is_the_one_that_callers_share():
    """The first begins at the next turn of the loop; the second waits for its end."""

    async def story():
        flight = SingleFlight(lambda key: asyncio.sleep(1.0))
        seen = [flight.is_boarding("a")]
        reads = [asyncio.ensure_future(flight("a"))]
        await asyncio.sleep(0.5)
        seen.append(flight.is_boarding("a"))
        reads.append(asyncio.ensure_future(flight("a")))
        await asyncio.sleep(0.1)
        seen.append(flight.is_boarding("a"))
        await asyncio.gather(*reads)
        return [*seen, flight.is_boarding("a")]

    assert run(story()) == [False, False, True, False]
