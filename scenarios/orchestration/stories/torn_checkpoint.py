"""A run that trains through the gateway is preempted while it writes the checkpoint that `latest` already names.

The script is started again and resumes from `latest`; the pod refuses a checkpoint without a marker. The broken run
crashes again and again, the half-fixed one starts over, and the fixed one moves `latest` after the save
(docs/reference/stories.md §4 C7).
"""

import asyncio
from dataclasses import dataclass

from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.a_preemption_costs_at_most_one_interval import (
    a_preemption_costs_at_most_one_interval,
    steps_lost,
)
from gateway_sim.scenarios.orchestration.promises.every_run_ends_as_if_undisturbed import (
    every_run_ends_as_if_undisturbed,
)
from gateway_sim.scenarios.orchestration.promises.latest_names_a_committed_checkpoint import (
    latest_names_a_committed_checkpoint,
)
from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, at_least
from gateway_sim.scenarios.sim.events import RunFinished
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.settings import Settings as WorldSettings
from gateway_sim.trainer_pod.text import batch


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A run of `steps` steps that saves after every `save_every`, in `save_s`; a new pod starts in `start_s`.

    The script is started again `restart_s` after each crash, and `lives` times in all.
    """

    steps: int = 8
    save_every: int = at_least(1, 2)
    save_s: float = at_least(1, 4.0)
    start_s: float = 3.0
    restart_s: float = 5.0
    lives: int = at_least(1, 4)

    def __post_init__(self) -> None:
        """Refuse a run that does not save twice before its last step."""
        super().__post_init__()
        self.require("steps", 2 * self.save_every + 1, "2 * save_every + 1")


origin = "docs/reference/stories.md §4 C7"
settings = Settings()
does = {
    "broken": "`latest` moves before the save is complete; a script whose resume is refused crashes and tries it "
    "again.",
    "half-fixed": "`latest` moves before the save is complete; a script whose resume is refused starts over.",
    "fixed": "`latest` moves once the save is complete, so it always names a checkpoint that can be resumed.",
}
promises = [
    every_run_ends_as_if_undisturbed,
    a_preemption_costs_at_most_one_interval,
    latest_names_a_committed_checkpoint,
]
must_reach = [events.SaveBegan, events.RunPreempted]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Take the pod away in the middle of a save that is not the first."""
    from gateway_sim.scenarios.orchestration.workloads.restarted_script import Habits, Pointers, restarted_script

    s, chance = sandbox.settings, sandbox.seeds.stream("preemption")
    world_settings = WorldSettings(
        steps=s.steps, save_every=s.save_every, save_s=s.save_s, start_s=s.start_s, batch=2, length=16
    )
    habits = Habits(
        lambda life: lambda step: batch(step, 2, 16),
        early=s.variant != "fixed",
        starts_over=s.variant == "half-fixed",
        restart_s=s.restart_s,
        lives=s.lives,
    )
    sandbox.emit(events.TrainingPlanned(s.steps, 0, s.save_every, ()))
    async with restarted_script(sandbox, world_settings, Pointers(*sandbox.table("pointers")), habits) as script:
        run = script.world.start_training()
        saves = (s.steps - 1) // s.save_every
        await sandbox.trace.until(events.SaveBegan, step=s.save_every * chance.randint(2, saves))
        await asyncio.sleep(s.save_s * chance.uniform(0.1, 0.9))
        sandbox.emit(events.RunPreempted(script.life, script.done))
        await script.world.preempt_job()
        await run


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the steps lost beyond one interval; of a run that never finished, all its steps.

    The unit is the step, the work that was paid for. A refused resume costs steps only by what follows from it.
    """
    refused = sum(1 for _ in trace.of(events.ResumeRefused))
    beyond = sum(max(lost - s.save_every, 0) for _, lost, _ in steps_lost(trace))
    deaths = sum(1 for _ in trace.of(events.ScriptDied))
    left = 0 if trace.reached(RunFinished) else s.steps
    ended_s = trace.entries[-1].at_s
    return Damage(
        amount=beyond + left,
        unit="steps lost",
        sentence=f"deaths of the script: {deaths}; refused resumes: {refused}; steps lost beyond one interval: "
        f"{beyond}; steps of a run that never finished: {left}",
        figures={"deaths": deaths, "resumes_refused": refused, "ended_s": round(ended_s, 3)},
        also={"resumes refused": refused, "deaths of the script": deaths},
    )
