"""Results are promised, awaited and kept."""

import asyncio
from collections.abc import Callable
from typing import Any

from gateway_sim.trainer_pod.futures import Futures
from gateway_sim.trainer_pod.protocol import SaveWeightsResult

Play = Callable[[Callable[[], Any]], Any]


def test_all_who_wait_get_the_one_result(play: Play) -> None:
    """Two polls of one request are both answered when it settles, and a late one at once."""

    async def story() -> None:
        futures = Futures()
        futures.open("req-1")
        waiting = [asyncio.create_task(futures.wait("req-1", 30)) for _ in range(2)]
        await asyncio.sleep(5)
        futures.settle("req-1", SaveWeightsResult(path="first"))
        futures.settle("req-1", SaveWeightsResult(path="second"))
        assert [await task for task in waiting] == [SaveWeightsResult(path="first")] * 2
        assert asyncio.get_running_loop().time() == 5
        assert futures.result("req-1") == SaveWeightsResult(path="first")

    play(story)


def test_a_wait_ends_when_its_time_is_up(play: Play) -> None:
    """A poll that waits 30 s for a result that does not come returns after 30 s with nothing."""

    async def story() -> None:
        futures = Futures()
        futures.open("req-1")
        assert await futures.wait("req-1", 30) is None
        assert asyncio.get_running_loop().time() == 30

    play(story)


def test_a_release_sends_those_who_wait_away(play: Play) -> None:
    """When the pod stops, no poll waits on."""

    async def story() -> None:
        futures = Futures()
        futures.open("req-1")
        waiting = asyncio.create_task(futures.wait("req-1", 30))
        await asyncio.sleep(1)
        futures.release()
        assert await waiting is None
        assert asyncio.get_running_loop().time() == 1

    play(story)
