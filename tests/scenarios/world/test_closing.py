"""A world that closes: what ends meanwhile ends no story, and a part that fails leaves no other part open."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.world.builder import World


def played(monkeypatch: pytest.MonkeyPatch, closing: Any) -> World:
    """Play a run whose user closes as `closing` says, and return its world."""
    worlds: list[World] = []
    plan = race_plan(RunSpec("healthy", settings={"steps": "1"}))

    async def play(world: World) -> None:
        worlds.append(world)
        monkeypatch.setattr(world.user, "close", lambda: closing(world))
        await plan.race.play(world)

    run_plan(replace(plan, race=replace(plan.race, play=play)))
    return worlds[0]


def test_a_part_that_ends_while_the_world_closes_ends_no_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway instance or a server may be killed in the last moment; the verdict stands."""

    async def closing(world: World) -> None:
        world.end(RuntimeError("a server ended"))

    assert played(monkeypatch, closing).over.done()


def test_a_part_that_fails_to_close_leaves_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine closes last, whatever was raised before."""
    worlds: list[World] = []

    async def closing(world: World) -> None:
        worlds.append(world)
        await asyncio.sleep(0)
        raise RuntimeError("its table is gone")

    with pytest.raises(RuntimeError, match="its table is gone"):
        played(monkeypatch, closing)
    assert not Path(worlds[0].engine._scratch).exists()  # type: ignore[attr-defined]
