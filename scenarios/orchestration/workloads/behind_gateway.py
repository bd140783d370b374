"""A world with gateway, route table, control plane and pods inside a scenario of orchestration."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from client.retry_policies import RetryPolicy
from client.sdk.profiles import TINKER_0_15
from gateway_sim.miss_policies import MissPolicy
from scenarios.orchestration.workloads.sandbox import Site
from scenarios.sim import events
from scenarios.world.builder import Cast, World
from scenarios.world.settings import Settings
from scenarios.world.user import Trainee, undisturbed

if TYPE_CHECKING:
    from scenarios.engines.virtual.engine import VirtualEngine


@contextlib.asynccontextmanager
async def behind_gateway(
    site: Site[Any],
    settings: Settings,
    client: RetryPolicy,
    gateway: MissPolicy,
    user_of: Callable[[World], Awaitable[Trainee]],
    engine: VirtualEngine | None = None,
) -> AsyncIterator[World]:
    """Build the world on the site's clock, seeds and trace, with these policies, and take it down afterwards."""
    from scenarios.engines.virtual.engine import VirtualEngine

    cast = Cast(client, gateway, TINKER_0_15, "per-connection")
    engine = engine or VirtualEngine(site.seeds, site.trace.emitter)
    async with World(engine, site.seeds, site.trace, cast, settings, user_of) as world:
        weights = undisturbed(settings, engine.device(settings))
        names = (client.name, gateway.name, cast.sdk.name, cast.balance, "virtual")
        world.emit(events.WorldBuilt("-", *names, settings.steps, weights))
        yield world
