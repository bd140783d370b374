"""A preempted run resolves `latest` and its image's tag anew: the second half of it is made of something else.

Between checkpoint and preemption a new snapshot of the rows lands and the tag moves to another preparation of them.
Half a run on each is a run that nobody can train again (ORCHESTRATION §4 C11).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenarios.judge.damage import Damage
from scenarios.orchestration.promises.a_run_is_made_of_one_snapshot_and_one_image import (
    a_run_is_made_of_one_snapshot_and_one_image,
)
from scenarios.orchestration.promises.every_run_ends_as_if_undisturbed import every_run_ends_as_if_undisturbed
from scenarios.orchestration.workloads import events
from scenarios.orchestration.workloads.sandbox import Sandbox
from scenarios.orchestration.workloads.settings import SandboxSettings
from scenarios.sim.trace import Trace
from scenarios.world.settings import Settings as WorldSettings

if TYPE_CHECKING:
    from scenarios.orchestration.workloads.pointers import Pointers
    from scenarios.orchestration.workloads.restarted_script import Rows
    from scenarios.world.builder import World
    from trainer_pod.protocol import Datum

omits = ("snapshot", "image")
NAMES = {"snapshot": "rows:latest", "image": "trainer:stable"}
"""What people type, for each ingredient of a run."""
SIZE, LENGTH = 2, 16


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A run of `steps` steps that saves after every `save_every`; its pod is taken away once, and comes in `start_s`.

    The half-fixed run `omits` the pin of one ingredient: the "snapshot" of its rows, or the "image" that prepares them.
    """

    steps: int = 8
    save_every: int = 2
    start_s: float = 3.0
    omits: str = "image"

    def __post_init__(self) -> None:
        """Refuse a run without a step after its first save, and a lack that is none."""
        super().__post_init__()
        self.at_least_one("save_every")
        self.at_least("steps", self.save_every + 2)
        self.one_of("omits", omits)

    @property
    def pinned(self) -> Sequence[str]:
        """Return the ingredients that are resolved once, at submit, and carried from life to life."""
        pins = {"broken": (), "half-fixed": tuple(name for name in omits if name != self.omits), "fixed": omits}
        return pins[self.variant]


origin = "ORCHESTRATION §4 C11"
settings = Settings()
needs = ()
promises = [a_run_is_made_of_one_snapshot_and_one_image, every_run_ends_as_if_undisturbed]
must_reach = [events.IngredientsUsed, events.IngredientsMoved, events.RunPreempted]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Let both ingredients move after the first save, and take the pod away a few steps later."""
    from client.retry_policies import Plain
    from gateway_sim.miss_policies.not_found import NotFound
    from scenarios.orchestration.workloads.behind_gateway import behind_gateway
    from scenarios.orchestration.workloads.pointers import Pointers
    from scenarios.orchestration.workloads.restarted_script import Habits, RestartedScript
    from scenarios.sim.events import StepAcknowledged

    s, chance = sandbox.settings, sandbox.seeds.stream("preemption")
    world_settings = WorldSettings(
        steps=s.steps, save_every=s.save_every, start_s=s.start_s, batch=SIZE, length=LENGTH, think_s=0.1
    )
    pointers = Pointers(*sandbox.table("pointers"))
    _move(sandbox, pointers, {"snapshot": "rows@1", "image": "image@1"})
    for name in s.pinned:
        pointers.move(f"job-1/{name}", pointers.resolve(NAMES[name]) or "")

    def rows(life: int) -> Rows:
        used = {name: pointers.resolve(f"job-1/{name}" if name in s.pinned else NAMES[name]) or "" for name in omits}
        sandbox.emit(events.IngredientsUsed(life, used["snapshot"], used["image"]))
        return lambda step: _prepared(used["snapshot"], used["image"], step)

    async def user_of(world: World) -> RestartedScript:
        return RestartedScript(world, pointers, Habits(rows))

    async with behind_gateway(sandbox, world_settings, Plain(), NotFound(), user_of) as world:
        await world.start_job()
        run, script = world.start_training(), world.user
        assert isinstance(script, RestartedScript)
        await world.until(events.LatestMoved, step=s.save_every)
        _move(sandbox, pointers, {"snapshot": "rows@2", "image": "image@2"})
        await world.until(StepAcknowledged, step=chance.randint(s.save_every + 1, s.steps - 1))
        await asyncio.sleep(chance.uniform(0.0, 0.2))
        sandbox.emit(events.RunPreempted(script.life, script.done))
        await world.preempt_job()
        await run


def _move(sandbox: Sandbox[Settings], pointers: Pointers, to: dict[str, str]) -> None:
    for name, target in to.items():
        pointers.move(NAMES[name], target)
        sandbox.emit(events.IngredientsMoved(NAMES[name], target))


def _prepared(snapshot: str, image: str, step: int) -> list[Datum]:
    """Return a step's rows out of a snapshot, as an image prepares them: the second one crops them."""
    from trainer_pod.text import batch

    first = 0 if snapshot == "rows@1" else 1000
    return batch(first + step, SIZE, LENGTH if image == "image@1" else LENGTH // 2)


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the steps of the final weights that were trained on another snapshot or image than the first."""
    used = [entry.event for entry in trace.of(events.IngredientsUsed)]
    resumed = {entry.event.incarnation: entry.event.step for entry in trace.of(events.RunResumed)}
    last = used[-1]
    other = (last.snapshot, last.image) != (used[0].snapshot, used[0].image)
    astray = s.steps - resumed.get(last.attempt, 0) if other else 0
    return Damage(
        amount=astray,
        unit="steps on something else",
        sentence=f"begun on {used[0].snapshot} by {used[0].image}, ended on {last.snapshot} by {last.image}: {astray} "
        f"of {s.steps} steps were trained on something else",
        figures={"lives": len(used), "resumed_at": resumed.get(last.attempt, 0)},
    )
