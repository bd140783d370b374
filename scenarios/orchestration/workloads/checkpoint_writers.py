"""The attempts of one job, each a writer of its checkpoints; the first may freeze in the middle of a save."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from gateway_sim.scenarios.orchestration.workloads.small_model import new_model, take_step
from gateway_sim.trainer_pod.checkpoints import CheckpointStore
from gateway_sim.trainer_pod.latest import Latest, WriterFenced
from gateway_sim.trainer_pod.text import batch


@dataclass
class Job:
    """A job of `steps` steps of `step_s` seconds; it saves after every `save_every`, in `save_s`.

    `checks`: a writer that has been replaced does not begin a save. `fenced`: it cannot move `latest` either. `apart`:
    each writer has names of its own for its checkpoints. `done` counts the steps of the newest attempt.
    """

    sandbox: Sandbox[Any]
    steps: int
    step_s: float
    save_every: int
    save_s: float
    checks: bool
    fenced: bool
    apart: bool
    done: int = 0
    weights: str = ""
    wakes: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Open the stores of the checkpoints and of their pointer."""
        self._bucket = self.sandbox.bucket("checkpoints")
        self._store = CheckpointStore(str(self.sandbox.folder), "acme", "job-1")

    async def attempt(self, freezes_at: int = 0) -> None:
        """Resume from `latest` and train to the end; freeze in the save of step `freezes_at`, until `wakes` is set.

        An attempt that froze ends with that save.
        """
        emit, latest = self.sandbox.emit, Latest(self._bucket, "acme/job-1/latest")
        resumed = latest.take_over()
        emit(events.WriterTookOver(latest.writer))
        model = self._store.revive(resumed, "cpu", with_optimizer=True) if resumed else new_model()
        self.done = model.step
        emit(events.RunResumed(latest.writer, model.step))
        while model.step < self.steps:
            await asyncio.sleep(self.step_s)
            rows = (2 * model.step, 2 * model.step + 1)
            take_step(model, [batch(row, 1, 16)[0] for row in rows])
            self.done = model.step
            emit(events.BatchTrained(latest.writer, model.step, rows, 0))
            if model.step % self.save_every == 0 and model.step < self.steps:
                name = f"step-{model.step}" + (f"-of-{latest.writer}" if self.apart else "")
                await self._save(model, latest, name, freezes=model.step == freezes_at)
                if model.step == freezes_at:
                    return
        self.weights = model.weights_digest()

    async def _save(self, model: Any, latest: Latest, name: str, *, freezes: bool) -> None:
        emit = self.sandbox.emit
        if self.checks and not latest.is_newest():
            emit(events.WriteFenced(latest.writer, "it saw that it is not the newest writer"))
            return
        await asyncio.sleep(self.save_s)
        if freezes:
            emit(events.WriterFroze(latest.writer, name))
            await self.wakes.wait()
            emit(events.WriterWoke(latest.writer))
        self._store.save(model, name)
        emit(events.CheckpointWritten(latest.writer, name))
        try:
            latest.move(name, fenced=self.fenced)
        except WriterFenced as refused:
            emit(events.WriteFenced(latest.writer, str(refused)))
        else:
            emit(events.LatestPointed(latest.writer, name))
