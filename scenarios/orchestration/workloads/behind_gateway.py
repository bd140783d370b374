"""A world with gateway, route table, control plane and pods inside a story."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from gateway_sim.client.retry_policies import RetryPolicy
from gateway_sim.client.sdk.profiles import TINKER_0_15
from gateway_sim.miss_policies import MissPolicy
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.undisturbed import undisturbed
from gateway_sim.scenarios.world.user import TrainingScript


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
