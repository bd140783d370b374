"""A sweep: runs that train one model with different learning rates at the same time, store, evaluate and record it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from gateway_sim.control_plane.models.artifacts import Artifacts
from gateway_sim.scenarios.orchestration.workloads import pipeline_events as events
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from gateway_sim.trainer_pod.tabular import TabularModel

WIDTH, ROWS = 8, 200

Array = np.ndarray[Any, np.dtype[Any]]


@lru_cache(maxsize=4)
def _rows(seed: int) -> tuple[Array, Array]:
    """Return rows (2 * ROWS, WIDTH) and their targets, of which the first half is for training."""
    chance = np.random.default_rng(seed)
    rows = chance.standard_normal((2 * ROWS, WIDTH))
    return rows, rows @ chance.standard_normal(WIDTH) + 0.1 * chance.standard_normal(2 * ROWS)


@dataclass
class Sweep:
    """Runs that train for a drawn time of `trains_s`, store their model, and evaluate and record it `later_s` after.

    The first attempt of the run `frozen` freezes before it stores its model. Another attempt begins `notice_s` later,
    and the first one wakes when the second has recorded its model.
    """

    sandbox: Sandbox[Any]
    artifacts: Artifacts
    trains_s: Sequence[float]
    later_s: float
    notice_s: float
    frozen: str
    _recorded: dict[str, asyncio.Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Draw the rows."""
        self._seed = self.sandbox.seeds.stream("rows").getrandbits(32)

    async def run(self, run: str) -> None:
        """Play a run, with both attempts of the one that freezes."""
        self._recorded[run] = asyncio.Event()
        if run != self.frozen:
            await self._attempt(run, 1)
            return
        async with asyncio.TaskGroup() as attempts:
            attempts.create_task(self._attempt(run, 1, freezes=True))
            await self.sandbox.trace.until(events.AttemptFroze, run=run)
            await asyncio.sleep(self.notice_s)
            attempts.create_task(self._attempt(run, 2))

    async def _attempt(self, run: str, attempt: int, *, freezes: bool = False) -> None:
        emit, of = self.sandbox.emit, (run, attempt)
        await asyncio.sleep(self.sandbox.seeds.stream(f"{run}/{attempt}").uniform(*self.trains_s))
        model = self._trained(run, attempt)
        if freezes:
            emit(events.AttemptFroze(*of))
            await self._recorded[run].wait()
            await asyncio.sleep(self.notice_s)
            emit(events.AttemptWoke(*of))
        path = self.artifacts.path(run)
        if self.artifacts.store(run, model.written()):
            emit(events.ArtifactStored(*of, path, model.weights_digest()))
        else:
            emit(events.ArtifactKept(*of, path))
        await asyncio.sleep(self.later_s)
        if not self._recorded[run].is_set():
            emit(events.ArtifactRecorded(run, path, *self._evaluated(run)))
            self._recorded[run].set()

    def audit(self, runs: Sequence[str]) -> None:
        """Evaluate what the record of each run names."""
        for run in runs:
            self.sandbox.emit(events.ArtifactAudited(run, self.artifacts.path(run), *self._evaluated(run)))

    def _trained(self, run: str, attempt: int) -> TabularModel:
        """Return the model of an attempt: the later one draws its first weights anew."""
        model = TabularModel((WIDTH, 1), "squares", seed=attempt)
        rows, targets = _rows(self._seed)
        number = int(run.removeprefix("run-"))
        model.fit(rows[:ROWS], targets[:ROWS], steps=30, learning_rate=0.02 * number)
        return model

    def _evaluated(self, run: str) -> tuple[str, float]:
        """Return the digest of the weights that a run's path holds, and their loss on the held-out rows."""
        model = TabularModel((WIDTH, 1), "squares", seed=0)
        model.read(self.artifacts.load(run))
        rows, targets = _rows(self._seed)
        return model.weights_digest(), model.loss(rows[ROWS:], targets[ROWS:])
