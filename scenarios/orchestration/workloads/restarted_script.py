"""A user's script that trains through the gateway and is started again after each crash."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gateway_sim.client.reconnectable import AsyncReconnectableClient
from gateway_sim.client.retry_policies import Plain
from gateway_sim.client.sdk.errors import RequestFailedError, describe
from gateway_sim.control_plane.named_items import NamedItems
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from gateway_sim.scenarios.orchestration.workloads.behind_gateway import behind_gateway
from gateway_sim.scenarios.orchestration.workloads.events import (
    LatestMoved,
    ResumeRefused,
    RunResumed,
    SaveBegan,
    SaveCommitted,
    ScriptDied,
)
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.world.account import JOB
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.own_user import client_of
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.undisturbed import ADAM
from gateway_sim.trainer_pod.protocol import Datum

LATEST = "latest"

Rows = Callable[[int], Sequence[Datum]]
"""The batch of a step."""


class Pointers:
    """Names such as `latest` and what they point to: rows of a DynamoDB table, keyed by `name`, read strongly."""

    def __init__(self, client: Any, table: str) -> None:
        self._items = NamedItems(client, table)

    def move(self, name: str, to: str) -> None:
        """Let a name point to `to`."""
        self._items.put(name, {"to": {"S": to}})

    def resolve(self, name: str) -> str | None:
        """Return what a name points to; None if it was never moved."""
        item = self._items.get(name)
        return item["to"]["S"] if item else None


@dataclass(frozen=True)
class Habits:
    """What the script does: `rows` returns the batches of its n-th life, which is its n-th start.

    `early`: it moves `latest` when it requests a save, not when the save has ended. `starts_over`: after a refused
    resume it begins at step 1 instead of dying. It is started again after `restart_s`, and `lives` times in all.
    """

    rows: Callable[[int], Rows]
    early: bool = False
    starts_over: bool = False
    restart_s: float = 5.0
    lives: int = 5


class RestartedScript:
    """Connects, resumes from what `latest` names, trains, saves; `done` counts the finished steps."""

    def __init__(self, world: World, pointers: Pointers, habits: Habits) -> None:
        self.done = 0
        self.life = 0
        self.world = world
        self._pointers = pointers
        self._habits = habits
        self._emit = world.trace.emitter(JOB)

    async def close(self) -> None:
        """Close nothing: each life closes what it opened."""

    async def train(self) -> None:
        """Start the script until it reaches its end, or has used all its lives."""
        steps = self.world.settings.steps
        self._emit(events.RunStarted(steps))
        while True:
            self.life += 1
            try:
                await self._live()
            except Exception as error:
                report = describe(error)
                self._emit(ScriptDied(self.life, report.type, report.message))
            else:
                self._emit(events.RunFinished(steps))
                return
            if self.life == self._habits.lives:
                self._emit(events.RunFailed(report.type, report.status, report.leg, report.message))
                return
            await asyncio.sleep(self._habits.restart_s)

    async def _live(self) -> None:
        settings = self.world.settings
        rows = self._habits.rows(self.life)
        client, transport = client_of(self.world, f"client-{self.life}")
        try:
            await client.connect()
            self.done = await self._resumed(client)
            self._emit(RunResumed(self.life, self.done))
            for step in range(self.done + 1, settings.steps + 1):
                await client.forward_backward(rows(step), "cross_entropy")
                await client.optim_step(ADAM)
                self.done = step
                self._emit(events.StepAcknowledged(step))
                if step % settings.save_every == 0 and step < settings.steps:
                    await self._save(client, step)
        finally:
            await client.close()
            await transport.close()

    async def _resumed(self, client: AsyncReconnectableClient) -> int:
        """Load what `latest` names, and return its step; 0 where there is nothing to load."""
        name = self._pointers.resolve(LATEST)
        if name is None:
            return 0
        try:
            await client.load_state_with_optimizer(name)
        except RequestFailedError as refused:
            self._emit(ResumeRefused(name, str(refused)))
            if not self._habits.starts_over:
                raise
            return 0
        return int(name.removeprefix("step-"))

    async def _save(self, client: AsyncReconnectableClient, step: int) -> None:
        self._emit(SaveBegan(step))
        saving = asyncio.ensure_future(client.save_state(f"step-{step}"))
        if self._habits.early:
            self._move_latest(step)
        await saving
        self._emit(SaveCommitted(step))
        if not self._habits.early:
            self._move_latest(step)

    def _move_latest(self, step: int) -> None:
        self._pointers.move(LATEST, f"step-{step}")
        self._emit(LatestMoved(step))


@contextlib.asynccontextmanager
async def restarted_script(
    sandbox: Sandbox[Any], settings: Settings, pointers: Pointers, habits: Habits
) -> AsyncIterator[RestartedScript]:
    """Build a world with today's gateway and the SDK's own client, and start the job that the script trains."""

    async def user_of(world: World) -> RestartedScript:
        return RestartedScript(world, pointers, habits)

    engine = VirtualEngine(sandbox.seeds, sandbox.trace.emitter)
    async with behind_gateway(sandbox, engine, settings, Plain(), NotFound(), user_of) as world:
        await world.start_job()
        assert isinstance(world.user, RestartedScript)
        yield world.user
