"""A world with gateway, route table, control plane and pods inside a story."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from client.retry_policies import RetryPolicy
from client.sdk.profiles import TINKER_0_15
from gateway_sim.miss_policies import MissPolicy
from scenarios.engines.virtual.engine import VirtualEngine
from scenarios.orchestration.workloads.sandbox import Sandbox
from scenarios.sim import events
from scenarios.world.builder import Pairing, World
from scenarios.world.settings import Settings
from scenarios.world.user import TrainingScript, undisturbed


@contextlib.asynccontextmanager
async def behind_gateway(
    sandbox: Sandbox[Any],
    engine: VirtualEngine,
    settings: Settings,
    client: RetryPolicy,
    gateway: MissPolicy,
    user_of: Callable[[World], Awaitable[TrainingScript]],
) -> AsyncIterator[World]:
    """Build the world on the sandbox's seeds and trace, with these policies, and take it down afterwards."""
    pairing = Pairing(client, gateway, TINKER_0_15, "per-connection")
    async with World(engine, sandbox.seeds, sandbox.trace, pairing, settings, user_of) as world:
        weights = undisturbed(settings, engine.device(settings))
        names = (client.name, gateway.name, pairing.sdk.name, pairing.balance, "virtual")
        world.emit(events.WorldBuilt("-", *names, settings.steps, weights))
        yield world
