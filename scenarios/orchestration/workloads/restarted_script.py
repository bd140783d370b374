"""A user's script that trains through the gateway and that somebody starts again whenever it has died."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from client.reconnectable import AsyncReconnectableClient
from client.sdk.errors import RequestFailedError, describe
from scenarios.orchestration.workloads.events import (
    LatestMoved,
    ResumeRefused,
    RunResumed,
    SaveBegan,
    SaveCommitted,
    ScriptDied,
)
from scenarios.orchestration.workloads.pointers import Pointers
from scenarios.sim import events
from scenarios.world.account import JOB
from scenarios.world.user import ADAM, client_of

if TYPE_CHECKING:
    from scenarios.world.builder import World
    from trainer_pod.protocol import Datum

LATEST = "latest"

Rows = Callable[[int], Sequence["Datum"]]
"""The batch of a step."""


@dataclass(frozen=True)
class Habits:
    """What the script does: `rows` of its n-th life; when `latest` moves, and what a refused resume leads to.

    `early`: as soon as the save was asked for, not when it has ended. `anew`: a script whose checkpoint is refused
    begins at step 1; else it dies. It is started again after `restart_s`, `lives` times in all.
    """

    rows: Callable[[int], Rows]
    early: bool = False
    anew: bool = False
    restart_s: float = 5.0
    lives: int = 5


class RestartedScript:
    """Connects, resumes from what `latest` names, trains, saves; `done` counts the steps behind it."""

    def __init__(self, world: World, pointers: Pointers, habits: Habits) -> None:
        self.done = 0
        self.life = 0
        self._world = world
        self._pointers = pointers
        self._habits = habits
        self._emit = world.trace.emitter(JOB)

    async def close(self) -> None:
        """Let go of nothing: each life closes what it opened."""

    async def train(self) -> None:
        """Run the script, life after life, until one reaches the end or all are spent."""
        steps = self._world.settings.steps
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
        settings = self._world.settings
        rows = self._habits.rows(self.life)
        client, transport = client_of(self._world, f"client-{self.life}")
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
        """Load what `latest` names, and return the steps that are behind it; 0 where there is nothing to load."""
        name = self._pointers.resolve(LATEST)
        if name is None:
            return 0
        try:
            await client.load_state_with_optimizer(name)
        except RequestFailedError as refused:
            self._emit(ResumeRefused(name, str(refused)))
            if not self._habits.anew:
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
