"""One worker of a synchronous job becomes slow, and every step of the job is as slow as that worker.

The half-fixed job drops the slowest worker of each step: it is fast, and trains on fewer rows. The fixed job saves and
restarts with a replacement, and loses the time of one restart. `traces` names a folder with Alibaba's mini-batch times
(alibaba_minibatch_job_1_norm.csv to _3_norm.csv), which then replace the drawn times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.a_straggler_slows_no_more_steps_than_it_takes_to_see_it import (
    a_straggler_slows_no_more_steps_than_it_takes_to_see_it,
    slowed_by,
)
from gateway_sim.scenarios.orchestration.promises.an_interruption_leaves_no_trace_in_the_weights import (
    an_interruption_leaves_no_trace_in_the_weights,
)
from gateway_sim.scenarios.orchestration.promises.every_sample_is_trained_once import (
    every_sample_is_trained_once,
    surviving,
)
from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, at_least
from gateway_sim.scenarios.orchestration.workloads.stragglers import (
    Rule,
    Times,
    Watcher,
    drawn,
    drop_slowest_s,
    read,
    replaced,
    restarted_s,
    slowest,
    synchronous_s,
    typical_s,
)
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.text import batch

if TYPE_CHECKING:
    from gateway_sim.trainer_pod.checkpoints import CheckpointStore
    from gateway_sim.trainer_pod.engine import TrainingModel
    from gateway_sim.trainer_pod.protocol import Datum


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A job of `steps` steps on `workers` workers, about `step_s` each; one of them becomes `slow` times as slow.

    It does so at a drawn step in the first half. Times scatter by `noise`, a share of each. A worker that slows `watch`
    steps in a row by `factor` is replaced, which costs `save_s` and `restart_s`. With `traces` the measured job
    `trace_job` (1 to 3) sets times, workers and steps: its first `trace_steps`, or with 0 all of them.
    """

    workers: int = at_least(2, 4)
    steps: int = at_least(4, 16)
    step_s: float = at_least(1, 60.0)
    noise: float = 0.03
    slow: float = at_least(1, 3.0)
    factor: float = at_least(1, 1.5)
    watch: int = at_least(1, 2)
    save_s: float = 10.0
    restart_s: float = 60.0
    traces: str = ""
    trace_job: int = field(default=1, metadata={"least": 1, "most": 3})
    trace_steps: int = 0

    def __post_init__(self) -> None:
        """Refuse a folder without the trace."""
        super().__post_init__()
        if self.traces and not self.trace.is_file():
            raise SettingsRefused(f"traces is {self.traces!r}; there is no {self.trace.name} in it")

    @property
    def trace(self) -> Path:
        """The file with the measured job's times."""
        return Path(self.traces) / f"alibaba_minibatch_job_{self.trace_job}_norm.csv"

    @property
    def measured(self) -> tuple[float, float] | None:
        """The reference's ratios of this job, waiting for all and dropping the slowest; None for a part of it."""
        return MEASURED[self.trace_job - 1] if self.traces and not self.trace_steps else None

    @property
    def rule(self) -> Rule:
        """The rule by which a worker is replaced, and its cost."""
        return Rule(self.factor, self.watch, self.save_s + self.restart_s)


MEASURED = ((1.12, 1.07), (1.09, 1.04), (1.12, 1.09))
"""Each traced job's time over that of typical workers, waiting for all and dropping the slowest, over all its steps
(docs/reference/stories.md §3 f)."""

origin = "Training Orchestration Failure Modes in Production; docs/reference/stories.md §3 f, its straggler knob"
settings = Settings()
does = {
    "broken": "Every step waits for its slowest worker, to the end of the job.",
    "half-fixed": "Every step goes on without its slowest worker, and that worker's rows are not trained.",
    "fixed": "A worker that slows several steps in a row is replaced: the job saves and restarts once.",
}
promises = [
    a_straggler_slows_no_more_steps_than_it_takes_to_see_it,
    every_sample_is_trained_once,
    an_interruption_leaves_no_trace_in_the_weights,
]
must_reach = [events.StepSynchronized, events.TrainingEnded]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Train step by step, each as slow as the workers that it waits for."""
    from gateway_sim.scenarios.orchestration.workloads.small_model import new_model, take_step, weights_after
    from gateway_sim.trainer_pod.checkpoints import CheckpointStore

    s, times = sandbox.settings, times_of(sandbox)
    workers = len(times[0])
    store, model, watcher = CheckpointStore(str(sandbox.folder), "acme", "job-1"), new_model(), Watcher(s.rule)
    sandbox.emit(events.TrainingPlanned(len(times), len(times) * workers, 0, ()))
    sandbox.emit(events.StragglersWatched(s.factor, s.watch))
    answers_s = (typical_s(times), synchronous_s(times), drop_slowest_s(times), restarted_s(times, s.rule))
    sandbox.emit(events.AnswersReckoned(*(round(answer_s, 6) for answer_s in answers_s)))
    gone: dict[int, None] = {}
    for step, planned in enumerate(times, start=1):
        now = replaced(planned, gone)
        late, others_s, _ = slowest(now)
        dropped = {late} if s.variant == "half-fixed" else set()
        took_s = others_s if dropped else now[late]
        await asyncio.sleep(took_s)
        trained = [row for worker, row in enumerate(_rows(step, workers)) if worker not in dropped]
        take_step(model, _batch(trained))
        sandbox.emit(events.BatchTrained(1 + len(gone), step, tuple(trained), 0))
        sandbox.emit(events.StepSynchronized(step, late, round(took_s, 6), round(others_s, 6)))
        worker = watcher.sees(now) if s.variant == "fixed" else None
        if worker is not None:
            model = await _restarted(sandbox, store, model, step)
            gone[worker] = None
            sandbox.emit(events.WorkerReplaced(worker, step))
    weights = weights_after(_batch(_rows(step, workers)) for step in range(1, len(times) + 1))
    sandbox.emit(events.TrainingEnded(len(times), model.weights_digest(), weights))


def times_of(sandbox: Sandbox[Settings]) -> Times:
    """Return the job's times: drawn, or those of a measured job scaled to `step_s`."""
    s, chance = sandbox.settings, sandbox.seeds.stream("times")
    if not s.traces:
        since = chance.randint(2, s.steps // 2)
        return drawn(s.steps, s.workers, s.step_s, chance, noise=s.noise, slow=s.slow, since=since)
    with s.trace.open(encoding="utf-8") as lines:
        measured = read(lines)[: s.trace_steps or None]
    scale = s.step_s * len(measured) / typical_s(measured)
    return [[time * scale for time in row] for row in measured]


async def _restarted(
    sandbox: Sandbox[Settings], store: CheckpointStore, model: TrainingModel, step: int
) -> TrainingModel:
    """Save, let the time of a restart pass, and return the model as another process loads it."""
    name = f"step-{step}"
    sandbox.emit(events.SaveBegan(step))
    store.save(model, name)
    await asyncio.sleep(sandbox.settings.save_s)
    sandbox.emit(events.SaveCommitted(step))
    await asyncio.sleep(sandbox.settings.restart_s)
    return store.revive(name, "cpu", with_optimizer=True)


def _batch(rows: Sequence[int]) -> list[Datum]:
    return [batch(row, 1, 16)[0] for row in rows]


def _rows(step: int, workers: int) -> range:
    """Return the row that each worker trains in a step."""
    return range((step - 1) * workers, step * workers)


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the steps that a straggler slowed beyond those needed to detect it, and those with rows left out.

    The unit is the step of the job: each of them is to be as fast as its peers and to train all its rows.
    """
    planned = next(trace.of(events.TrainingPlanned)).event
    slowed = [len(steps) for steps in slowed_by(trace).values()]
    beyond = sum(max(of_worker - s.watch, 0) for of_worker in slowed)
    trained = [len(entry.event.rows) for entry in surviving(trace)]
    lost, whole = planned.rows - sum(trained), planned.rows // planned.steps
    short = sum(rows < whole for rows in trained)
    ended_s = next(trace.of(events.TrainingEnded)).at_s
    reckoned = next(trace.of(events.AnswersReckoned)).event
    mine_s = {"broken": reckoned.synchronous_s, "half-fixed": reckoned.drop_slowest_s, "fixed": reckoned.restarted_s}
    steps = [entry.event for entry in trace.of(events.StepSynchronized)]
    ratios = {
        "synchronous_over_typical": reckoned.synchronous_s / reckoned.typical_s,
        "drop_slowest_over_typical": reckoned.drop_slowest_s / reckoned.typical_s,
        "restarted_over_typical": reckoned.restarted_s / reckoned.typical_s,
    }
    beside = {f"{name}_card": ratio for name, ratio in zip(ratios, s.measured or (), strict=False)}
    return Damage(
        amount=beyond + short,
        unit="steps slowed or short of rows",
        sentence=f"{len(steps)} steps took {ended_s / 60:.1f} minutes; a straggler slowed {sum(slowed)} of them, where "
        f"{s.watch} are enough to detect it, and {lost} of {planned.rows} rows were not trained",
        figures={
            "makespan_s": round(ended_s, 3),
            "makespan_s_expected": round(mine_s[s.variant], 3),
            **{name: round(ratio, 4) for name, ratio in ratios.items()},
            **beside,
            "steps": len(steps),
            "steps_slowed": sum(slowed),
            "rows_lost": lost,
            "replaced": sum(1 for _ in trace.of(events.WorkerReplaced)),
        },
        also={"rows never trained": lost},
    )
