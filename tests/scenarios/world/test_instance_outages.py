"""Instances that faults keep down: each starts again after its last fault, and never in a world that has ended."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

import pytest

from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.world.gateway import Instance
from gateway_sim.scenarios.world.instance_outages import InstanceOutages
from tests import clock


class Slow:
    """An instance that takes 2 s to start and 1 s to end, and writes both down."""

    name = "gw-0"
    address = ""
    environ: Mapping[str, str] = {}
    ended_here = True

    def __init__(self, done: list[Any]) -> None:
        self._done = done

    async def start(self) -> None:
        """Start."""
        await self._takes(2.0, "start")

    async def stop(self) -> None:
        """Stop."""
        await self._takes(1.0, "stop")

    async def kill(self) -> None:
        """Kill."""
        await self._takes(1.0, "kill")

    async def _takes(self, seconds: float, what: str) -> None:
        await asyncio.sleep(seconds)
        self._done.append((asyncio.get_running_loop().time(), what))


class BreaksAtStart(Slow):
    """An instance that cannot start."""

    async def start(self) -> None:
        """Fail."""
        raise GatewaySimError("the port is taken")


def played(story: Any, kind: type[Slow] = Slow) -> tuple[list[Any], list[Exception]]:
    """Play a story with one instance in virtual time; return what it did, and the errors."""
    done, failed = list[Any](), list[Exception]()

    async def play() -> None:
        outages = InstanceOutages([kind(done)], failed.append)
        await story(outages)
        await outages.close()

    act: Coroutine[Any, Any, None] = play()
    clock.run(act)
    return done, failed


def kill(instance: Instance) -> Any:
    """Kill an instance."""
    return instance.kill()


def test_an_instance_starts_again_when_its_fault_ends() -> None:
    """Also if the fault ends before the instance has."""

    async def story(outages: InstanceOutages) -> None:
        undo = outages.begin(0, kill)
        await asyncio.sleep(0.5)
        undo()
        await asyncio.sleep(10.0)

    assert played(story) == ([(1.0, "kill"), (3.0, "start")], [])


@pytest.mark.parametrize("first", [0, 1])
def test_faults_that_overlap_keep_it_down_until_the_last_ends(first: int) -> None:
    """In either order."""

    async def story(outages: InstanceOutages) -> None:
        undos = [outages.begin(0, kill), outages.begin(0, kill)]
        await asyncio.sleep(5.0)
        undos.pop(first)()
        await asyncio.sleep(5.0)
        undos.pop()()
        await asyncio.sleep(10.0)

    assert played(story)[0] == [(1.0, "kill"), (2.0, "kill"), (12.0, "start")]


@pytest.mark.parametrize("ends", ["before the fault", "while it starts"])
def test_a_world_that_has_ended_starts_no_instance(ends: str) -> None:
    """The undo of a fault may come after the end of its world."""

    async def story(outages: InstanceOutages) -> None:
        undo = outages.begin(0, kill)
        await asyncio.sleep(5.0)
        if ends == "while it starts":
            undo()
            await asyncio.sleep(1.0)
            assert "instance gw-0" in {task.get_name() for task in asyncio.all_tasks()}
        await outages.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        if ends == "before the fault":
            undo()
        await asyncio.sleep(10.0)

    assert played(story)[0] == [(1.0, "kill")]


def test_an_instance_that_does_not_start_again_is_told() -> None:
    """The world ends with its sentence."""

    async def story(outages: InstanceOutages) -> None:
        outages.begin(0, kill)()
        await asyncio.sleep(10.0)

    done, failed = played(story, BreaksAtStart)
    assert (done, [str(error) for error in failed]) == ([(1.0, "kill")], ["the port is taken"])
