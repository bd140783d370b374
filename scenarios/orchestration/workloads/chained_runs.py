"""Daily runs of which each depends on the one before it, under a limit of active runs that a scheduler asks."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from gateway_sim.control_plane.scheduling.chains import Chain
from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.orchestration.workloads import pipeline_events as events
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, cancelled

DAY_S = 86_400.0


@dataclass
class ChainedRuns:
    """A pipeline of daily runs of `tasks` tasks of `task_s` seconds each; the scheduler looks every `asks_every_s`.

    A run starts for `start_s` before its first task. Task `fails_at` of the run `fails` fails once. `looks_back`: the
    scheduler gives no place to a run whose past is not done. `gives_way`: a run that has to wait gives its place back.
    """

    sandbox: Sandbox[Any]
    name: str
    limit: ConcurrencyLimit
    chain: Chain
    fails: str
    fails_at: int
    task_s: float
    start_s: float
    asks_every_s: float
    looks_back: bool
    gives_way: bool
    _active: list[asyncio.Task[None]] = field(default_factory=list)

    async def ask_daily(self, runs: int) -> None:
        """Ask for one run at the beginning of each day."""
        for day in range(runs):
            await self.sandbox.until_s(day * DAY_S)
            run = f"day-{day + 1}"
            self.chain.ask(run)
            self.sandbox.emit(events.RunAsked(self.name, run))

    async def schedule(self, runs: int, until_s: float) -> None:
        """Give places to runs until this many are done, or until this second."""
        while list(self.chain.states.values()).count("done") < runs and self.sandbox.now_s < until_s:
            for run in list(self.chain.waiting(looks_back=self.looks_back)):
                if not self.limit.take():
                    break
                self.chain.begin(run)
                self.sandbox.emit(events.PlaceTaken(self.name, run, self.limit.limit))
                self._active.append(asyncio.create_task(self._run(run)))
            await asyncio.sleep(self.asks_every_s)
        await cancelled(*self._active)
        self.sandbox.emit(events.PipelineWatched(self.name))

    def clear(self) -> None:
        """Clear the failed run."""
        self.chain.clear(self.fails)
        self.fails_at = self.chain.tasks
        self.sandbox.emit(events.RunCleared(self.name, self.fails))

    async def _run(self, run: str) -> None:
        await asyncio.sleep(self.start_s)
        waits = False
        while self.chain.states[run] == "active":
            task = self.chain.next_task(run)
            if not self.chain.past_is_done(run):
                if not waits:
                    self.sandbox.emit(events.PastAwaited(self.name, run, task))
                if self.gives_way:
                    self.chain.give_way(run)
                    self._leave(run, "waits")
                    return
                waits = True
                await asyncio.sleep(self.asks_every_s)
                continue
            waits = False
            self.sandbox.emit(events.TaskBegan(self.name, run, task))
            await asyncio.sleep(self.task_s)
            if (run, task) == (self.fails, self.fails_at):
                self.chain.fail(run)
                self._leave(run, "failed")
                return
            self.chain.finish_task(run)
            self.sandbox.emit(events.TaskEnded(self.name, run, task))
        self._leave(run, "ended")

    def _leave(self, run: str, why: str) -> None:
        self.limit.give_back()
        self.sandbox.emit(events.PlaceLeft(self.name, run, why))
