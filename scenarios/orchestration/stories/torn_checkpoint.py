"""A run that trains through the gateway is preempted while its checkpoint is being written, and `latest` names it.

Whoever starts the script again resumes from `latest`, and the pod refuses what has no marker: a crash loop, or a run
that begins anew (ORCHESTRATION §4 C7).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from scenarios.judge.damage import Damage
from scenarios.orchestration.promises.a_preemption_costs_at_most_one_interval import (
    a_preemption_costs_at_most_one_interval,
    steps_lost,
)
from scenarios.orchestration.promises.every_run_ends_as_if_undisturbed import every_run_ends_as_if_undisturbed
from scenarios.orchestration.promises.latest_names_a_committed_checkpoint import latest_names_a_committed_checkpoint
from scenarios.orchestration.workloads import events
from scenarios.orchestration.workloads.sandbox import Sandbox
from scenarios.orchestration.workloads.settings import SandboxSettings
from scenarios.sim.events import RunFinished
from scenarios.sim.trace import Trace
from scenarios.world.settings import Settings as WorldSettings


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A run of `steps` steps that saves after every `save_every`, which takes `save_s`; a new pod takes `start_s`.

    The script is started again `restart_s` after it died, at most `lives` times.
    """

    steps: int = 8
    save_every: int = 2
    save_s: float = 4.0
    start_s: float = 3.0
    restart_s: float = 5.0
    lives: int = 4

    def __post_init__(self) -> None:
        """Refuse a run without a save in it."""
        super().__post_init__()
        self.at_least_one("steps", "save_every", "lives", "save_s")
        self.at_least("steps", 2 * self.save_every + 1)


origin = "ORCHESTRATION §4 C7"
settings = Settings()
needs = ()
promises = [
    every_run_ends_as_if_undisturbed,
    a_preemption_costs_at_most_one_interval,
    latest_names_a_committed_checkpoint,
]
must_reach = [events.SaveBegan, events.RunPreempted]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Take the pod away in the middle of a save that is not the first."""
    from client.retry_policies import Plain
    from gateway_sim.miss_policies.not_found import NotFound
    from scenarios.orchestration.workloads.behind_gateway import behind_gateway
    from scenarios.orchestration.workloads.pointers import Pointers
    from scenarios.orchestration.workloads.restarted_script import Habits, RestartedScript
    from scenarios.world.builder import World
    from trainer_pod.text import batch

    s, chance = sandbox.settings, sandbox.seeds.stream("preemption")
    world_settings = WorldSettings(
        steps=s.steps, save_every=s.save_every, save_s=s.save_s, start_s=s.start_s, batch=2, length=16
    )
    habits = Habits(
        lambda life: lambda step: batch(step, 2, 16),
        early=s.variant != "fixed",
        anew=s.variant == "half-fixed",
        restart_s=s.restart_s,
        lives=s.lives,
    )
    pointers = Pointers(*sandbox.table("pointers"))

    async def user_of(world: World) -> RestartedScript:
        return RestartedScript(world, pointers, habits)

    sandbox.emit(events.TrainingPlanned(s.steps, 0, s.save_every, ()))
    async with behind_gateway(sandbox, world_settings, Plain(), NotFound(), user_of) as world:
        await world.start_job()
        run, script = world.start_training(), world.user
        assert isinstance(script, RestartedScript)
        saves = (s.steps - 1) // s.save_every
        await world.until(events.SaveBegan, step=s.save_every * chance.randint(2, saves))
        await asyncio.sleep(s.save_s * chance.uniform(0.1, 0.9))
        sandbox.emit(events.RunPreempted(script.life, script.done))
        await world.preempt_job()
        await run


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the resumes that were refused, the steps lost beyond one interval, and those that were never made."""
    refused = sum(1 for _ in trace.of(events.ResumeRefused))
    beyond = sum(max(lost - s.save_every, 0) for _, lost in steps_lost(trace))
    deaths = sum(1 for _ in trace.of(events.ScriptDied))
    left = 0 if trace.reached(RunFinished) else s.steps
    ended_s = trace.entries[-1].at_s
    return Damage(
        amount=refused + beyond + left,
        unit="resumes refused and steps lost",
        sentence=f"the script died {deaths} times, {refused} resumes were refused, {beyond} steps were lost beyond one "
        f"checkpoint interval and {left} with a run that was given up",
        figures={"deaths": deaths, "resumes_refused": refused, "ended_s": round(ended_s, 3)},
    )
