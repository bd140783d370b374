"""The way to a strong read: the table as it stands, however late replicas are."""

import asyncio

import pytest

from gateway_sim.events import StrongRead
from gateway_sim.primary import TablePrimary
from gateway_sim.route_table import Route, RouteKey

ROUTE = Route("acme", "job-1", 1, "READY", "pod:1")


@pytest.mark.parametrize("read_s", [None, 0.02])
def test_a_strong_read_takes_its_time_and_shows_the_table(on_a_table, read_s):
    """None before the first write, then the route, then its tombstone; each read is reported."""

    async def story(table, told):
        primary = TablePrimary(table) if read_s is None else TablePrimary(table, read_s)
        seen = [await primary.strong_read(ROUTE.key)]
        await table.publish(ROUTE)
        seen.append(await primary.strong_read(ROUTE.key))
        await table.withdraw(ROUTE.key, 1)
        seen.append(await primary.strong_read(ROUTE.key))
        return seen, asyncio.get_running_loop().time(), [event for event in told if isinstance(event, StrongRead)]

    seen, took_s, reads = on_a_table(story)
    assert seen == [None, ROUTE, Route("acme", "job-1", 1, "TOMBSTONE", "")]
    assert took_s == pytest.approx(3 * (read_s or 0.0))
    assert reads == [StrongRead(*RouteKey("acme", "job-1"))] * 3
