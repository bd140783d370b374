"""A short world with a fault, played in both engines, and what its client and its gateway saw."""

import asyncio
import dataclasses
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway_sim.client.events import CallAnswered, CallLost
from gateway_sim.events import RequestRefused, RequestRerouted, UpstreamFailed
from gateway_sim.scenarios.run.plans import RacePlan, race_plan
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.runner import run_live, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Fault
from gateway_sim.scenarios.world.verbs import still_training

SEEDS = range(1, 1 + int(os.environ.get("GATEWAY_SIM_PARITY_SEEDS", "1")))
"""The seeds of the slow sweeps, besides seed 0; `make test-parity` plays ten."""
AT_ONCE = 6
"""Live worlds that are played at the same time."""


@dataclass(frozen=True)
class Scene:
    """Faults in the healthy race, which begin once a step is acknowledged (0: the script begins); or another race."""

    faults: Sequence[Fault] = ()
    after_step: int = 1
    client: str = "plain"
    gateway: str = "not-found"
    settings: dict[str, str] = field(default_factory=dict)
    race: str = "healthy"

    def plan(self, engine: str, seed: int = 0) -> RacePlan:
        """Return the plan of the scene."""
        words = {"steps": "2", **self.settings}
        spec = RunSpec(self.race, self.client, self.gateway, engine=engine, seed=seed, settings=words)
        planned = race_plan(spec)
        if self.race != "healthy":
            return planned
        return dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=self._play))

    async def _play(self, world: World) -> None:
        await world.start_job()
        training = world.start_training()
        await still_training(world, self.after_step)
        for fault in self.faults:
            world.inject(fault)
        await training


def seen(result: RaceResult) -> dict[str, Any]:
    """Return how a run ended, and the kinds of failure of each leg in their order, repeated ones once.

    How often a client repeats a call depends on the moment at which a fault ends, to a tenth of a second.
    """
    kinds: dict[str, list[str]] = {}
    for entry in result.trace.of(CallAnswered, CallLost, UpstreamFailed, RequestRefused, RequestRerouted):
        match entry.event:
            case CallAnswered(leg=leg, status=status) if status >= 400 and status != 408:
                kinds.setdefault(f"client, {leg}", []).append(str(status))
            case CallLost(leg=leg, kind=kind):
                kinds.setdefault(f"client, {leg}", []).append(kind)
            case UpstreamFailed(leg=leg, kind=kind):
                kinds.setdefault(f"gateway, {leg}", []).append(kind)
            case RequestRefused(leg=leg, slug=slug):
                kinds.setdefault(f"refused, {leg}", []).append(slug)
            case RequestRerouted():
                kinds.setdefault("gateway", []).append("rerouted")
    error = result.error
    return {
        "outcome": result.outcome,
        "error": error and (error.type, error.status, error.leg),
        "steps": result.metrics.steps_applied,
        # heartbeats come by the clock and not by the story
        **{
            leg: [kind for kind, _ in itertools.groupby(found)]
            for leg, found in kinds.items()
            if "heartbeat" not in leg
        },
    }


def virtual(scene: Scene, seed: int = 0) -> dict[str, Any]:
    """Play a scene in virtual time."""
    return seen(run_plan(scene.plan("virtual", seed)))


def live(scenes: Sequence[tuple[Scene, int]]) -> list[dict[str, Any]]:
    """Play scenes, each with its seed, over sockets, a few at a time."""

    async def play() -> list[dict[str, Any]]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(scene: Scene, seed: int) -> dict[str, Any]:
            async with gate:
                return seen(await run_live(scene.plan("live", seed)))

        return list(await asyncio.gather(*(one(scene, seed) for scene, seed in scenes)))

    return asyncio.run(play())
