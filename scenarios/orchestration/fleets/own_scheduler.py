"""A scheduler of the user's own in a fleet: a sandbox for it, as in a story."""

import sys
from collections.abc import Awaitable, Callable
from typing import Final

from gateway_sim.control_plane.scheduling.scheduler import Scheduler
from gateway_sim.scenarios.orchestration.ports import scheduler
from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox, SandboxSettings
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace

NEVER_S: Final = sys.float_info.max / 2
"""The fleet's own horizon ends its replay."""


async def under(make: Make, seed: int, play: Callable[[Callable[..., Scheduler]], Awaitable[None]]) -> None:
    """Let `play` have what makes the scheduler of a cluster. Raises what the part, or an answer of it, raised."""
    settings = SandboxSettings(horizon_s=NEVER_S)
    sandbox: Sandbox[SandboxSettings] = Sandbox(Seeds(seed), Trace(), settings, {scheduler.NAME: make})

    async def story(own: Sandbox[SandboxSettings]) -> None:
        await play(scheduler.made(own, "fleet"))

    async with sandbox:
        await sandbox.play(story)
