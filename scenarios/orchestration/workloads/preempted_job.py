"""A job that trains on text, saves and resumes, attempt after attempt; its caller cancels the attempts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gateway_sim.scenarios.orchestration.ports import checkpoints, loader
from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, cancelled
from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.trainer_pod.refusals import CheckpointRefused
from gateway_sim.trainer_pod.resumable import ResumableRun, epoch_loader
from gateway_sim.trainer_pod.text import batch as rows_of_text

if TYPE_CHECKING:
    from torch import Tensor

PARTS = ("loader", "rng")
"""The parts of a run's state that a checkpoint may keep beside the weights."""

LOADER_SEED = 1

MOVED = ("weights", "exp_avg", "exp_avg_sq", "optimizer_steps")
"""The tensors that a step changes in place; the others of a state are made anew each time that it is asked for."""


@dataclass
class PreemptedJob:
    """A job of `steps` steps on `batch` rows each; `done` counts the finished steps of the current attempt.

    Its checkpoints keep `parts` of the state. `early`: `latest` moves when a save begins, not when it is complete.
    `background`: training goes on while a save is written, and the next save waits for its end. `by_reference`: such a
    save writes the tensors as they are at its end, not a copy from its beginning. With `keep_last` above 0 older
    checkpoints are removed once a save is complete; where it `counts_coming`, before that, as if it were complete.

    The process of an attempt that is cancelled lives on for `lingers_s`: it completes the save that it has begun, and
    removes older checkpoints after it. A resume reads what it has chosen for `loads_s`. If that is removed meanwhile,
    it chooses `again`, or the job begins at its first step.
    """

    sandbox: Sandbox[Any]
    steps: int
    batch: int
    parts: Sequence[str]
    early: bool
    background: bool = False
    by_reference: bool = False
    keep_last: int = 0
    counts_coming: bool = False
    lingers_s: float = 0.0
    loads_s: float = 0.0
    again: bool = False
    incarnation: int = 0
    done: int = 0
    weights: str = ""

    def __post_init__(self) -> None:
        """Begin without a checkpoint."""
        self._latest = 0
        self._saving: dict[str, Tensor] = {}
        self._lingering: list[asyncio.Task[None]] = []
        self._store: checkpoints.Checkpoints

    async def attempt(self, step_s: float, save_every: int | None, save_s: float) -> None:
        """Resume from `latest` and train to the end; `save_every` None: without saving."""
        self.incarnation += 1
        store = self._store = checkpoints.made(self.sandbox, "job-1", by_reference=self.by_reference)
        self._saving = {}
        before = len(self._lingering)
        try:
            await self._train(step_s, save_every, save_s)
        finally:
            if self._lingering[before:]:
                self._lingering[-1].add_done_callback(lambda _: store.abandon())
            else:
                store.abandon()

    async def end(self) -> None:
        """End what still lives of earlier attempts."""
        await cancelled(*self._lingering)

    async def _train(self, step_s: float, save_every: int | None, save_s: float) -> None:
        run, self.done = await self._resumed()
        self.sandbox.emit(events.RunResumed(self.incarnation, self.done))
        # an attempt that is cancelled loses the save that is being written
        async with asyncio.TaskGroup() as saves:
            saving: asyncio.Task[None] | None = None
            while self.done < self.steps:
                await asyncio.sleep(step_s)
                rows, draws = run.train_step()
                self._move(run)
                self.done += 1
                self.sandbox.emit(events.BatchTrained(self.incarnation, self.done, tuple(rows), draws))
                if save_every and self.done % save_every == 0 and self.done < self.steps:
                    if saving is not None:
                        await saving
                    if self.background:
                        saving = saves.create_task(self._save(run, save_s))
                    else:
                        await self._save(run, save_s)
            self.weights = run.weights_digest()
            if saving is not None:
                # no attempt resumes from a save of a job that is done
                saving.cancel()

    async def _save(self, run: ResumableRun, save_s: float) -> None:
        """Save; where processes linger, a save that has begun outlives the attempt that began it."""
        if not self.lingers_s:
            await self._saved(run, self.done, save_s)
            return
        saved = asyncio.create_task(self._saved(run, self.done, save_s))
        try:
            await asyncio.shield(saved)
        except asyncio.CancelledError:
            self._lingering.append(saved)
            asyncio.get_running_loop().call_later(self.lingers_s, saved.cancel)
            raise

    async def _saved(self, run: ResumableRun, step: int, save_s: float) -> None:
        store = self._store
        self.sandbox.emit(events.SaveBegan(step))
        state = self._saving = run.state()
        # what the store says, not what the job has asked of it
        before = step in store.steps()
        if self.counts_coming:
            self._clean(store, self.keep_last - 1)
        store.begin(step, state)
        named = self.early or (not before and step in store.steps())
        if named:
            self._move_latest(step)
        await asyncio.sleep(save_s)
        store.finish(step)
        if self._saving is state:
            self._saving = {}
        if step in store.steps():
            self.sandbox.emit(events.SaveCommitted(step))
        if not named:
            self._move_latest(step)
        if not self.counts_coming:
            self._clean(store, self.keep_last)

    def _clean(self, store: checkpoints.Checkpoints, keep: int) -> None:
        """Remove all checkpoints but the newest `keep`."""
        if self.keep_last:
            steps = sorted(store.steps())
            for step in steps[: max(len(steps) - keep, 0)]:
                store.remove(step)
                self.sandbox.emit(events.CheckpointRemoved(step))

    def _move(self, run: ResumableRun) -> None:
        """Let the tensors of a save that has begun be those of the training."""
        if self._saving:
            state = run.state()
            for name in MOVED:
                self._saving[name].copy_(state[name])

    def _move_latest(self, step: int) -> None:
        self._latest = step
        self.sandbox.emit(events.LatestMoved(step))

    async def _resumed(self) -> tuple[ResumableRun, int]:
        step = self._latest if self.early else max(self._store.steps(), default=0)
        while step:
            if self.loads_s:
                await asyncio.sleep(self.loads_s)
            run = _run(self.sandbox, self.steps, self.batch, self.parts)
            state = run.state()
            try:
                self._store.load(step, state)
            except CheckpointRefused as refused:
                self.sandbox.emit(events.ResumeRefused(f"step-{step}", str(refused)))
                step = self._instead_of(step)
            else:
                run.restore(state, with_optimizer=True)
                return run, run.step
        return _run(self.sandbox, self.steps, self.batch, self.parts), 0

    def _instead_of(self, refused: int) -> int:
        """Return the newest checkpoint now, where the one that was refused has been removed; 0: none."""
        steps = self._store.steps()
        return max(steps, default=0) if self.again and refused not in steps else 0


def _run(sandbox: Sandbox[Any] | None, steps: int, batch: int, parts: Sequence[str]) -> ResumableRun:
    """Return a new run, on the sandbox's loader if the user has one."""
    theirs = loader.made(sandbox, steps * batch, batch, seed=LOADER_SEED) if sandbox is not None else None
    deals = theirs or epoch_loader(steps * batch, batch, seed=LOADER_SEED)
    return ResumableRun(BASE_MODEL, 4, deals, lambda row: rows_of_text(row, 1, 16)[0], seed=2, keeps=parts)


def undisturbed(sandbox: Sandbox[Any], steps: int, batch: int) -> tuple[str, tuple[int, ...]]:
    """Return the weights of the uninterrupted run, and a fingerprint of each step's random numbers."""
    if loader.NAME in sandbox.parts:
        return _whole(_run(sandbox, steps, batch, PARTS), steps)
    return _undisturbed(steps, batch)


@lru_cache(maxsize=64)
def _undisturbed(steps: int, batch: int) -> tuple[str, tuple[int, ...]]:
    return _whole(_run(None, steps, batch, PARTS), steps)


def _whole(run: ResumableRun, steps: int) -> tuple[str, tuple[int, ...]]:
    draws = tuple(run.train_step()[1] for _ in range(steps))
    return run.weights_digest(), draws
