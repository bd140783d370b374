"""Strong reads that are blocked in several ways at once: what is answered, and with which reason."""

import asyncio
import re

import pytest

from gateway_sim.primary import StrongReadUnavailable
from gateway_sim.route_table import Route, RouteKey
from gateway_sim.scenarios.sim.events import StrongReadFailed
from gateway_sim.scenarios.world.faulty_primary import REASONS, FaultyPrimary
from tests import clock

KEY = RouteKey("acme", "job-1")
READY, PENDING = (Route(*KEY, 1, state, address) for state, address in (("READY", "pod:1"), ("PENDING", "")))


class Table:
    """A table that has one route, and counts its reads."""

    def __init__(self, route: Route | None) -> None:
        self.route, self.reads = route, 0

    async def strong_read(self, key: RouteKey) -> Route | None:
        """Return the route after a second."""
        assert key == KEY
        self.reads += 1
        await asyncio.sleep(1.0)
        return self.route


@pytest.mark.parametrize(
    ("ways", "route", "reads", "reason"),
    [
        ([], None, 1, None),
        ([], PENDING, 1, None),
        (["index"], READY, 0, "index"),
        (["partition"], READY, 0, "partition"),
        (["dax"], READY, 1, None),
        (["dax"], PENDING, 1, "dax"),
        (["global-replica"], None, 1, "global-replica"),
        (["global-replica", "dax"], None, 1, "global-replica"),
        (["index", "partition", "dax"], READY, 0, "partition"),
    ],
)
def test_a_blocked_read_is_refused_or_proves_nothing(ways, route, reads, reason):
    """An index and a partition refuse the read, the newest first; of the others only a READY route is valid."""
    told: list[object] = []

    async def story() -> None:
        table = Table(route)
        primary = FaultyPrimary(table, told.append)
        undo = [primary.block(way) for way in ways]
        assert primary.ways == tuple(ways)
        if reason is None:
            assert await primary.strong_read(KEY) == route
            assert told == []
        else:
            with pytest.raises(StrongReadUnavailable, match=f"^{re.escape(REASONS[reason])}$"):
                await primary.strong_read(KEY)
            assert told == [StrongReadFailed(REASONS[reason])]
        assert table.reads == reads
        for one in undo:
            one()
        assert (primary.ways, primary.refused, await primary.strong_read(KEY)) == ((), None, route)

    clock.run(story())


def test_of_two_equal_blocks_an_undo_removes_one():
    """Two faults of one kind overlap."""
    primary = FaultyPrimary(Table(READY), lambda event: None)
    first, second = primary.block("index"), primary.block("index")
    first()
    assert (primary.ways, primary.refused) == (("index",), "index")
    second()
    assert primary.ways == ()


def test_each_reason_says_why_the_read_proves_nothing():
    """As docs/reference/findings.md §3 has it."""
    words = {"index": "secondary index", "global-replica": "another region", "dax": "cache", "partition": "be reached"}
    assert {way: words[way] in reason for way, reason in REASONS.items()} == dict.fromkeys(words, True)
