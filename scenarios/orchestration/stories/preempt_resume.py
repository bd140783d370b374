"""A training job is preempted and comes back: from the beginning, from half of its state, or as if nothing had been.

Two hours of work on a node that is taken away every 45 minutes or so take ten without checkpoints. With checkpoints of
the weights alone the time is saved and the run is another one. The training is real and the steps are few: each stands
for six minutes of the job. A checkpoint is one once its marker is in an S3 bucket, by a put that nobody came before.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from scenarios.judge.damage import Damage
from scenarios.orchestration.promises.a_preemption_costs_at_most_one_interval import (
    a_preemption_costs_at_most_one_interval,
    steps_lost,
)
from scenarios.orchestration.promises.an_interruption_leaves_no_trace_in_the_weights import (
    an_interruption_leaves_no_trace_in_the_weights,
)
from scenarios.orchestration.promises.every_sample_is_trained_once import every_sample_is_trained_once, surviving
from scenarios.orchestration.promises.latest_names_a_committed_checkpoint import latest_names_a_committed_checkpoint
from scenarios.orchestration.workloads import events
from scenarios.orchestration.workloads.makespan import Job, expected_after_s, expected_s, expected_torn_s, young_s
from scenarios.orchestration.workloads.sandbox import Sandbox
from scenarios.orchestration.workloads.settings import SandboxSettings
from scenarios.sim.errors import SettingsRefused
from scenarios.sim.trace import Trace
from scenarios.world.pods import BASE_MODEL
from trainer_pod.refusals import CheckpointRefused

if TYPE_CHECKING:
    from trainer_pod.checkpoints import CheckpointStore
    from trainer_pod.resumable import ResumableRun

omits = ("loader", "rng", "durability")
MOST_STEPS = 5000
"""A job that would compute more steps than this on average is not played."""


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A job of `steps` steps of `step_s` seconds, preempted every `mtbf_s` on average; it saves after `save_every`.

    A save takes `save_s`, a restart `restart_s`; `save_every` 0 means Young's interval. The first preemption comes at
    `first_preemption_s`, or where None at a moment drawn from the middle of the job. The half-fixed job omits one
    thing: the "loader"'s place, the "rng" state, or "durability", for `latest` moves while the save is under way.
    """

    steps: int = 20
    step_s: float = 360.0
    batch: int = 2
    save_every: int = 0
    save_s: float = 30.0
    restart_s: float = 60.0
    mtbf_s: float = 2700.0
    first_preemption_s: float | None = None
    omits: str = "loader"

    def __post_init__(self) -> None:
        """Refuse a job without steps, a lack that is none, and a job that would hardly ever end."""
        super().__post_init__()
        self.at_least_one("steps", "batch")
        self.above_zero("step_s", "mtbf_s")
        self.one_of("omits", omits)
        mean_s = expected_torn_s(self.job, self.mtbf_s) if self.torn else expected_s(self.job, self.mtbf_s)
        steps = mean_s / min(self.step_s, self.mtbf_s)
        if steps > MOST_STEPS:
            raise SettingsRefused(
                f"mtbf_s is {self.mtbf_s}; preempted so often, the {self.variant} job would compute about {steps:.3g} "
                f"steps, and is played only up to {MOST_STEPS}"
            )

    @property
    def interval(self) -> int:
        """Return after how many steps the job should save."""
        return self.save_every or max(round(young_s(self.save_s, self.mtbf_s) / self.step_s), 1)

    @property
    def torn(self) -> bool:
        """Say whether `latest` may name a checkpoint whose save was cut short."""
        return self.variant == "half-fixed" and self.omits == "durability"

    @property
    def job(self) -> Job:
        """Return the job as the card reckons with it: the last piece is saved as well."""
        every_s = None if self.variant == "broken" else self.interval * self.step_s
        return Job(self.steps * self.step_s, self.restart_s, self.save_s, every_s)

    @property
    def pieces_s(self) -> list[float]:
        """Return how long each piece of the work takes that counts once it is done, with the save that follows it."""
        if self.variant == "broken":
            return [self.steps * self.step_s]
        saves, left = divmod(self.steps - 1, self.interval)
        return [self.interval * self.step_s + self.save_s] * saves + [(left + 1) * self.step_s]


origin = "the second seed; ORCHESTRATION §3 f"
settings = Settings()
full = {"steps": "40", "step_s": "180"}
needs = ("torchdata",)
promises = [
    an_interruption_leaves_no_trace_in_the_weights,
    every_sample_is_trained_once,
    a_preemption_costs_at_most_one_interval,
    latest_names_a_committed_checkpoint,
]
must_reach = [events.RunPreempted, events.TrainingEnded]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Train, lose the node, come back, until the last step is done."""
    from trainer_pod.conditional_checkpoint_store import ConditionalCheckpointStore

    s = sandbox.settings
    undisturbed, draws = _undisturbed(s.steps, s.batch)
    sandbox.emit(events.TrainingPlanned(s.steps, s.steps * s.batch, s.interval, draws))
    run = _Attempts(
        sandbox, ConditionalCheckpointStore(sandbox.bucket("checkpoints"), str(sandbox.folder), "acme", "job-1")
    )
    preempted_at_s = _preemptions(s, sandbox.seeds.stream("preemptions"))
    gone_s = next(preempted_at_s)
    while run.done < s.steps:
        try:
            async with asyncio.timeout(gone_s - sandbox.now_s):
                await run.attempt()
        except TimeoutError:
            sandbox.emit(events.RunPreempted(run.incarnation, run.done))
            await asyncio.sleep(s.restart_s)
            # the node is another one now; one taken away while the job restarted costs nothing more
            gone_s = next(moment_s for moment_s in preempted_at_s if moment_s > sandbox.now_s)
    sandbox.emit(events.TrainingEnded(s.steps, run.weights, undisturbed))


class _Attempts:
    """The incarnations of the job, one after the other."""

    def __init__(self, sandbox: Sandbox[Settings], shelf: CheckpointStore) -> None:
        self.incarnation = 0
        self.done = 0
        self.weights = ""
        self._site = sandbox
        self._shelf = shelf
        self._latest = 0

    async def attempt(self) -> None:
        """Resume from what there is, and train to the end."""
        s = self._site.settings
        self.incarnation += 1
        run, self.done = self._resumed()
        self._site.emit(events.RunResumed(self.incarnation, self.done))
        while self.done < s.steps:
            await asyncio.sleep(s.step_s)
            rows, draws = run.train_step()
            self.done += 1
            self._site.emit(events.BatchTrained(self.incarnation, self.done, tuple(rows), draws))
            if s.variant != "broken" and self.done % s.interval == 0 and self.done < s.steps:
                await self._save(run)
        self.weights = run.weights_digest()

    async def _save(self, run: ResumableRun) -> None:
        s, step = self._site.settings, self.done
        self._site.emit(events.SaveBegan(step))
        staged = self._shelf.stage(run, f"step-{step}")
        if s.torn:
            self._move_latest(step)
        await asyncio.sleep(s.save_s)
        self._shelf.commit(f"step-{step}", staged)
        self._site.emit(events.SaveCommitted(step))
        if not s.torn:
            self._move_latest(step)

    def _move_latest(self, step: int) -> None:
        self._latest = step
        self._site.emit(events.LatestMoved(step))

    def _resumed(self) -> tuple[ResumableRun, int]:
        s = self._site.settings
        lost = {s.omits} if s.variant == "half-fixed" else set()
        keeps = [part for part in ("loader", "rng") if part not in lost]
        if self._latest:
            run = _run(s.steps, s.batch, keeps)
            try:
                self._shelf.load(run, f"step-{self._latest}", with_optimizer=True)
            except CheckpointRefused as refused:
                self._site.emit(events.ResumeRefused(f"step-{self._latest}", str(refused)))
            else:
                return run, run.step
        return _run(s.steps, s.batch, keeps), 0


def _run(steps: int, batch: int, keeps: list[str]) -> ResumableRun:
    from trainer_pod.resumable import ResumableRun, epoch_loader
    from trainer_pod.text import batch as rows_of_text

    loader = epoch_loader(steps * batch, batch, seed=1)
    return ResumableRun(BASE_MODEL, 4, loader, lambda row: rows_of_text(row, 1, 16)[0], seed=2, keeps=keeps)


@lru_cache(maxsize=64)
def _undisturbed(steps: int, batch: int) -> tuple[str, tuple[int, ...]]:
    """Return the weights of the run that nobody interrupts, and what chance gave each of its steps."""
    run = _run(steps, batch, ["loader", "rng"])
    draws = tuple(run.train_step()[1] for _ in range(steps))
    return run.weights_digest(), draws


def _preemptions(s: Settings, rng: random.Random) -> Iterator[float]:
    """Yield the moments when the node is taken away; the first lies where it can hurt, the others are exponential."""
    if s.first_preemption_s is not None:
        moment_s = s.first_preemption_s
    elif s.torn:
        saves = max(s.steps // s.interval - 1, 1)
        moment_s = rng.randint(1, saves) * (s.interval * s.step_s + s.save_s) - rng.uniform(0.05, 0.95) * s.save_s
    else:
        moment_s = rng.uniform(0.25, 0.75) * s.steps * s.step_s
    while True:
        yield moment_s
        moment_s += rng.expovariate(1 / s.mtbf_s)


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the steps lost beyond one interval, the samples trained twice or never, the steps under another chance."""
    chain = surviving(trace)
    planned = next(trace.of(events.TrainingPlanned)).event
    rows = [row for entry in chain for row in entry.event.rows]
    astray = 2 * (len(rows) - len(set(rows)))
    otherwise = sum(entry.event.draws != draw for entry, draw in zip(chain, planned.draws, strict=True))
    beyond = sum(max(lost - planned.save_every, 0) for _, lost in steps_lost(trace))
    preempted_s = [entry.at_s for entry in trace.of(events.RunPreempted)]
    work_s, ended_s = s.steps * s.step_s, trace.entries[-1].at_s
    figures = {
        "makespan_s": round(ended_s, 3),
        "makespan_s_card": round(expected_s(s.job, s.mtbf_s), 1),
        "undisturbed_s": work_s,
        "preemptions": len(preempted_s),
    }
    if preempted_s and not s.torn:
        reckoned_s = expected_after_s(s.pieces_s, s.restart_s, s.mtbf_s, preempted_s[0])
        figures["makespan_s_expected"] = round(reckoned_s, 1)
    return Damage(
        amount=beyond + astray + otherwise,
        unit="steps and samples astray",
        sentence=f"preempted {len(preempted_s)} times, the job took {ended_s / 3600:.2f} h instead of "
        f"{work_s / 3600:.2f}: {beyond} steps lost beyond one checkpoint interval, {astray} samples trained twice or "
        f"never, {otherwise} steps under another state of chance",
        figures=figures,
    )
