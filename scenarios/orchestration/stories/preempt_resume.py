"""A training job is preempted and resumes: from the beginning, from half of its state, or exactly where it was.

Two hours of work on a node that is preempted about every 45 minutes take ten hours without checkpoints. Checkpoints of
the weights alone save the time, but the run ends with other weights. The training is real; each of its few steps stands
for six minutes of the job. A checkpoint is complete once its marker is in an S3 bucket, written by a conditional put.
"""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.a_preemption_costs_at_most_one_interval import (
    a_preemption_costs_at_most_one_interval,
    steps_lost,
)
from gateway_sim.scenarios.orchestration.promises.an_interruption_leaves_no_trace_in_the_weights import (
    an_interruption_leaves_no_trace_in_the_weights,
)
from gateway_sim.scenarios.orchestration.promises.every_sample_is_trained_once import (
    every_sample_is_trained_once,
    repeated_rows,
    surviving,
)
from gateway_sim.scenarios.orchestration.promises.latest_names_a_committed_checkpoint import (
    latest_names_a_committed_checkpoint,
    named_early,
)
from gateway_sim.scenarios.orchestration.stories import Optimum
from gateway_sim.scenarios.orchestration.workloads import events, preemptions
from gateway_sim.scenarios.orchestration.workloads.makespan import (
    Job,
    expected_after_s,
    expected_torn_s,
    measured_s,
    young_s,
)
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, above_zero, at_least, one_of
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.trace import Trace

MOST_STEPS = 5000
"""A job that would compute more steps than this on average is refused."""


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A job of `steps` steps of `batch` samples and `step_s` seconds; it saves after every `save_every`.

    It is preempted every `mtbf_s` on average; with `preemptions`, a CSV or Parquet file with a column `preempted_s`, at
    the times in it alone. These are seconds or dates, and the job begins at `job_begins` among them ("": second 0). A
    save takes `save_s`, a restart `restart_s`; `save_every` 0 means Young's interval. With `checkpoint_every_s` above 0
    it saves after as many steps as take that long, rounded, at least one, and `save_every` must be 0. The first
    preemption comes at `first_preemption_s`; None: at a time drawn from the middle of the job. The half-fixed job
    `omits` one thing: the position of the "loader", the "rng" state, or "durability" (`latest` moves before the save is
    complete). `saving` "background": training goes on while a copy of the tensors is saved; the next save waits for its
    end. "by-reference": the same without the copy, so a save that takes longer than a step holds the tensors of a later
    one. With `keep_last` above 0 only so many checkpoints are kept; the `cleanup` removes older ones "after" a save is
    complete, or "before" it begins, and then it counts too.

    A preempted process lives on for `lingers_s`, in which it completes the save that it has begun and removes older
    checkpoints; the first preemption comes in a save then. A resume reads its checkpoint for `loads_s`. If the
    checkpoint is removed meanwhile, a job that `chooses` "once" begins at its first step; "again": it reads the newest
    one instead.
    """

    steps: int = at_least(1, 20)
    step_s: float = above_zero(360.0)
    batch: int = at_least(1, 2)
    save_every: int = 0
    checkpoint_every_s: float = 0.0
    save_s: float = 30.0
    restart_s: float = 60.0
    mtbf_s: float = above_zero(2700.0)
    first_preemption_s: float | None = None
    preemptions: str = ""
    job_begins: str = ""
    omits: str = one_of("loader", "rng", "durability")
    saving: str = one_of("blocking", "background", "by-reference")
    keep_last: int = 0
    cleanup: str = one_of("after", "before")
    lingers_s: float = 0.0
    loads_s: float = 0.0
    chooses: str = one_of("once", "again")

    def __post_init__(self) -> None:
        """Refuse a job that would compute too many steps."""
        super().__post_init__()
        if self.checkpoint_every_s and self.save_every:
            raise SettingsRefused(
                f"save_every is {self.save_every} and checkpoint_every_s {self.checkpoint_every_s:g}; both say how "
                "often the job saves: set one"
            )
        if self.preemptions:
            if self.first_preemption_s is not None:
                raise SettingsRefused("first_preemption_s and preemptions both say when the job is preempted: set one")
            whole_s = self.steps * self.step_s + self.steps // self.interval * self.save_s
            preemptions.check(self.trace_s, whole_s, self.step_s, MOST_STEPS)
            return
        if self.loads_s >= self.mtbf_s:
            raise SettingsRefused(f"loads_s is {self.loads_s:g}; it must be below mtbf_s, {self.mtbf_s:g}")
        mean_s = (
            expected_torn_s(self.pieces_s, self.save_s, self.restart_s, self.mtbf_s)
            if self.torn
            else expected_after_s(self.pieces_s, self.restart_s, self.mtbf_s, 0.0)
        )
        preemptions.check_drawn(mean_s, self.step_s, self.mtbf_s, self.variant, MOST_STEPS)

    @property
    def trace_s(self) -> list[float]:
        """The seconds of the trace's preemptions. Raises `UsageError`."""
        return preemptions.read(Path(self.preemptions), self.job_begins)

    @property
    def interval(self) -> int:
        """The steps between two saves."""
        if self.checkpoint_every_s:
            return max(round(self.checkpoint_every_s / self.step_s), 1)
        return self.save_every or self.youngs_interval

    @property
    def youngs_interval(self) -> int:
        """The steps between two saves that are nearest to Young's interval."""
        return max(round(young_s(self.save_s, self.mtbf_s) / self.step_s), 1)

    @property
    def in_background(self) -> bool:
        """Whether training goes on while a save is written."""
        return self.saving != "blocking"

    @property
    def in_closed_form(self) -> bool:
        """Whether the closed forms are of such a job: drawn preemptions, waits for saves, a checkpoint within each."""
        one_at_a_time = not (self.preemptions or self.in_background or self.lingers_s or self.loads_s)
        return one_at_a_time and (self.keep_last != 1 or self.cleanup == "after")

    @property
    def torn(self) -> bool:
        """Whether `latest` may name an incomplete checkpoint."""
        return self.omitted == "durability"

    @property
    def job(self) -> Job:
        """The job of the closed form, which saves its last piece as well."""
        every_s = None if self.variant == "broken" else self.interval * self.step_s
        return Job(self.steps * self.step_s, self.restart_s, self.save_s, every_s)

    @property
    def pieces_s(self) -> list[float]:
        """The seconds of each piece of work between saves, with the save that follows it."""
        if self.variant == "broken":
            return [self.steps * self.step_s]
        saves, left = divmod(self.steps - 1, self.interval)
        return [self.interval * self.step_s + self.save_s] * saves + [(left + 1) * self.step_s]

    @property
    def measured_s(self) -> float | None:
        """The makespan that the prototype measured; None for a job that differs from its own."""
        if self.torn or not self.in_closed_form or self.interval != self.youngs_interval:
            return None
        return measured_s(self.job, self.mtbf_s)


origin = "Training Orchestration Failure Modes in Production; docs/reference/stories.md §3 f"
settings = Settings()
does = {
    "broken": "The job saves nothing, and a preempted one starts from its first step.",
    "half-fixed, loader": "The job saves weights, optimizer and random state; the loader starts again at the first "
    "sample.",
    "half-fixed, rng": "The job saves weights, optimizer and the loader's position; the random numbers start anew.",
    "half-fixed, durability": "The job saves all of its state; `latest` moves to a checkpoint before it is complete.",
    "fixed": "The job saves all of its state, and `latest` moves once the checkpoint is complete.",
}
full = {"steps": "40", "step_s": "180"}
cost = "makespan_s"
needs = ("torchdata",)
parts = ("checkpoints", "loader")
promises = [
    an_interruption_leaves_no_trace_in_the_weights,
    every_sample_is_trained_once,
    a_preemption_costs_at_most_one_interval,
    latest_names_a_committed_checkpoint,
]
must_reach = [events.RunPreempted, events.TrainingEnded]


def optimum(s: Settings, name: str) -> Optimum | None:
    """Return the interval of Young and Daly, which they derived for a job that waits for its saves."""
    if s.variant == "broken" or not s.in_closed_form:
        return None
    if name == "checkpoint_every_s":
        return Optimum("Young/Daly", round(young_s(s.save_s, s.mtbf_s), 1))
    return Optimum("Young/Daly", s.youngs_interval) if name == "save_every" else None


async def play(sandbox: Sandbox[Settings]) -> None:
    """Train, lose the node and resume, until the last step is done."""
    from gateway_sim.scenarios.orchestration.workloads.preempted_job import PARTS, PreemptedJob, undisturbed

    s = sandbox.settings
    if "checkpoints" in sandbox.parts and s.saving == "by-reference":
        raise SettingsRefused("saving is by-reference; what a save of your part holds, it decides: set background")
    weights, draws = undisturbed(sandbox, s.steps, s.batch)
    beside_s = s.save_s if s.in_background else 0.0
    sandbox.emit(events.TrainingPlanned(s.steps, s.steps * s.batch, s.interval, draws, beside_s))
    kept = [part for part in PARTS if part != s.omitted]
    job = PreemptedJob(
        sandbox, s.steps, s.batch, kept,
        early=s.torn, background=s.in_background, by_reference=s.saving == "by-reference",
        keep_last=s.keep_last, counts_coming=s.cleanup == "before",
        lingers_s=s.lingers_s, loads_s=s.loads_s, again=s.chooses == "again",
    )  # fmt: skip
    preempted_at_s = _preemptions(s, sandbox.seeds.stream("preemptions"))
    gone_s = next(preempted_at_s, None)
    while job.done < s.steps:
        try:
            async with asyncio.timeout(None if gone_s is None else gone_s - sandbox.now_s):
                await job.attempt(s.step_s, None if s.variant == "broken" else s.interval, s.save_s)
        except TimeoutError:
            sandbox.emit(events.RunPreempted(job.incarnation, job.done))
            await asyncio.sleep(s.restart_s)
            # a preemption during the restart costs nothing more
            gone_s = next((moment_s for moment_s in preempted_at_s if moment_s > sandbox.now_s), None)
    await job.end()
    sandbox.emit(events.TrainingEnded(s.steps, job.weights, weights))


def _preemptions(s: Settings, rng: random.Random) -> Iterator[float]:
    """Return the seconds of the preemptions; the first of drawn ones comes where it does damage."""
    if s.preemptions:
        return iter(s.trace_s)
    if s.first_preemption_s is not None:
        first_s = s.first_preemption_s
    elif s.torn or s.lingers_s:
        # in the first save there is nothing to lose but the first interval
        saves = len(s.pieces_s) - 1
        first_s = (
            rng.randint(min(2, max(saves, 1)), max(saves, 1)) * (s.interval * s.step_s + s.save_s)
            - rng.uniform(0.05, 0.95) * s.save_s
        )
    else:
        first_s = rng.uniform(0.25, 0.75) * s.steps * s.step_s
    return preemptions.drawn(first_s, s.mtbf_s, rng)


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the steps lost beyond one interval, those of the result that are wrong, and those named saved too early.

    The unit is the step, which is what the job's user pays for: a wrong one has to be computed again, like a lost one.
    A step of the result is wrong with a repeated sample or other draws. Weights that differ although samples and draws
    are right make every step wrong: none can be told from another. A step is named too early if `latest` moves to its
    checkpoint before that is complete, also where no preemption comes in that time.
    """
    chain = surviving(trace)
    planned = next(trace.of(events.TrainingPlanned)).event
    rows = [row for entry in chain for row in entry.event.rows]
    again, never = len(rows) - len(set(rows)), planned.rows - len(set(rows))
    otherwise = sum(entry.event.draws != draw for entry, draw in zip(chain, planned.draws, strict=True))
    wrong = sum(
        entry.event.draws != draw or bool(repeated)
        for entry, draw, repeated in zip(chain, planned.draws, repeated_rows(chain), strict=True)
    )
    ended = next(trace.of(events.TrainingEnded), None)
    if not wrong and ended is not None and ended.event.weights != ended.event.undisturbed:
        wrong = len(chain)
    beyond = sum(max(lost - beside - planned.save_every, 0) for _, lost, beside in steps_lost(trace))
    early = sum(steps for _, steps in named_early(trace))
    preempted_s = [entry.at_s for entry in trace.of(events.RunPreempted)]
    work_s, ended_s = s.steps * s.step_s, trace.entries[-1].at_s
    figures = {
        "makespan_s": round(ended_s, 3),
        "undisturbed_s": work_s,
        "preemptions": len(preempted_s),
        "named_too_early": early,
    }
    if (measured_s := s.measured_s) is not None:
        figures["makespan_s_card"] = round(measured_s, 1)
    if preempted_s and s.in_closed_form:
        first_s = preempted_s[0]
        reckoned_s = (
            expected_torn_s(s.pieces_s, s.save_s, s.restart_s, s.mtbf_s, first_s)
            if s.torn
            else expected_after_s(s.pieces_s, s.restart_s, s.mtbf_s, first_s)
        )
        figures["makespan_s_expected"] = round(reckoned_s, 1)
    return Damage(
        amount=beyond + wrong + early,
        unit="steps lost or wrong",
        sentence=f"preemptions: {len(preempted_s)}; the job took {ended_s / 3600:.2f} h instead of "
        f"{work_s / 3600:.2f}; steps lost beyond one checkpoint interval: {beyond}; steps with other random "
        f"numbers: {otherwise}; steps named saved too early: {early}",
        figures=figures,
        also={"samples trained once too often": again, "samples never trained": never},
    )
