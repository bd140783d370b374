"""A save's writer freezes, wakes when its successor is two saves ahead, and moves `latest` back to its checkpoint.

The next preemption then costs more than one interval between saves. A check before the save does not help, because the
writer froze between check and write. A write that is conditional on the writer's own last one does, if each writer also
has names of its own for its checkpoints.
"""

import asyncio
from dataclasses import dataclass

from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.a_preemption_costs_at_most_one_interval import (
    a_preemption_costs_at_most_one_interval,
    steps_lost,
)
from gateway_sim.scenarios.orchestration.promises.an_interruption_leaves_no_trace_in_the_weights import (
    an_interruption_leaves_no_trace_in_the_weights,
)
from gateway_sim.scenarios.orchestration.promises.an_old_writer_changes_nothing import an_old_writer_changes_nothing
from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.orchestration.workloads.sandbox import (
    Sandbox,
    SandboxSettings,
    above_zero,
    at_least,
    cancelled,
    one_of,
)
from gateway_sim.scenarios.sim.trace import Trace


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A job of `steps` steps of `step_s` seconds saves after every `save_every`, in `save_s`.

    Its writer freezes in a drawn save. A successor begins `notice_s` later, and every attempt after a preemption
    `restart_s` later. The writer wakes once the successor is two saves ahead of it, and the successor is preempted
    before its next one. The half-fixed job checks before a save that no other writer took over; it `omits` the
    "condition" on the write that moves `latest`, or the "names" of each writer's own.
    """

    steps: int = 12
    step_s: float = above_zero(60.0)
    save_every: int = at_least(1, 2)
    save_s: float = above_zero(20.0)
    notice_s: float = 30.0
    restart_s: float = 30.0
    omits: str = one_of("condition", "names")

    def __post_init__(self) -> None:
        """Refuse a job in which no successor can be two saves ahead."""
        super().__post_init__()
        self.require("steps", 3 * self.save_every + 1, "3 * save_every + 1")


origin = "docs/reference/stories.md §3 f"
settings = Settings()
does = {
    "broken": "A writer does not check whether another has taken over; all write the same names.",
    "half-fixed, condition": "A writer checks before a save that it is the newest; the write that moves `latest` has "
    "no condition.",
    "half-fixed, names": "`latest` moves by a conditional write; all writers write checkpoints of the same names.",
    "fixed": "`latest` moves by a write that is conditional on the writer's own last one, and each writer has its "
    "own names.",
}
promises = [
    an_old_writer_changes_nothing,
    a_preemption_costs_at_most_one_interval,
    an_interruption_leaves_no_trace_in_the_weights,
]
must_reach = [events.WriterFroze, events.WriterWoke, events.RunPreempted, events.TrainingEnded]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Freeze the first writer, let the second get ahead, wake the first, and preempt the second."""
    from gateway_sim.scenarios.orchestration.workloads.checkpoint_writers import Job
    from gateway_sim.scenarios.orchestration.workloads.small_model import weights_after
    from gateway_sim.trainer_pod.text import batch

    s, chance = sandbox.settings, sandbox.seeds.stream("freeze")
    sandbox.emit(events.TrainingPlanned(s.steps, 2 * s.steps, s.save_every, ()))
    job = Job(
        sandbox,
        s.steps,
        s.step_s,
        s.save_every,
        s.save_s,
        checks=s.variant != "broken",
        fenced=s.has("condition"),
        apart=s.has("names"),
    )
    freezes_at = s.save_every * chance.randint(1, (s.steps - 1) // s.save_every - 2)
    first = asyncio.create_task(job.attempt(freezes_at))
    await sandbox.trace.until(events.WriterFroze)
    await asyncio.sleep(s.notice_s)
    await _preempted(sandbox, 1, job.done)
    second = asyncio.create_task(job.attempt())
    ahead = f"step-{freezes_at + 2 * s.save_every}"
    await sandbox.trace.until(events.LatestPointed, writer=2, checkpoint=frozenset({ahead, f"{ahead}-of-2"}))
    job.wakes.set()
    await first
    await asyncio.sleep(chance.uniform(0.1, 0.9) * s.step_s)
    await cancelled(second)
    await _preempted(sandbox, 2, job.done)
    await job.attempt()
    rows = (range(2 * step, 2 * step + 2) for step in range(s.steps))
    undisturbed = weights_after([batch(row, 1, 16)[0] for row in pair] for pair in rows)
    sandbox.emit(events.TrainingEnded(s.steps, job.weights, undisturbed))


async def _preempted(sandbox: Sandbox[Settings], attempt: int, done: int) -> None:
    sandbox.emit(events.RunPreempted(attempt, done))
    await asyncio.sleep(sandbox.settings.restart_s)


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the writes of a writer that its successor had replaced.

    The unit is the write: each is one too many, also where no preemption follows that would make it cost steps.
    """
    beyond = sum(max(lost - s.save_every, 0) for _, lost, _ in steps_lost(trace))
    written = sum(1 for _ in an_old_writer_changes_nothing(trace))
    ended_s = trace.entries[-1].at_s
    return Damage(
        amount=written,
        unit="writes of an old writer",
        sentence=f"writes of an old writer over those of its successor: {written}; steps lost beyond one checkpoint "
        f"interval: {beyond}; the job took {ended_s / 60:.0f} minutes",
        figures={
            "steps_lost_beyond": beyond,
            "old_writes": written,
            "writes_fenced": sum(1 for _ in trace.of(events.WriteFenced)),
            "ended_s": round(ended_s, 3),
        },
        also={"steps lost beyond one interval": beyond},
    )
