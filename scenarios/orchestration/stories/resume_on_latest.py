"""A preempted run resolves `latest` and its image's tag again, and its second half trains on other rows or code.

Between checkpoint and preemption the rows of a Delta table are replaced, and the tag moves to an image that crops them.
A run of two halves like these cannot be trained again (docs/reference/stories.md §4 C11).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.a_run_is_made_of_one_snapshot_and_one_image import (
    a_run_is_made_of_one_snapshot_and_one_image,
)
from gateway_sim.scenarios.orchestration.promises.every_run_ends_as_if_undisturbed import (
    every_run_ends_as_if_undisturbed,
)
from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, at_least, one_of
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.settings import Settings as WorldSettings

if TYPE_CHECKING:
    from gateway_sim.scenarios.orchestration.workloads.restarted_script import Rows

PARTS = ("snapshot", "image")
SIZE, LENGTH = 2, 16


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A run of `steps` steps saves after every `save_every` and loses its pod once; a new pod starts in `start_s`.

    The half-fixed run `omits` the pin of one ingredient: the "snapshot" of its rows, or the "image" that prepares them.
    """

    steps: int = 8
    save_every: int = at_least(1, 2)
    start_s: float = 3.0
    omits: str = one_of("image", "snapshot")

    def __post_init__(self) -> None:
        """Refuse a run without two steps after its first save."""
        super().__post_init__()
        self.require("steps", self.save_every + 2, "save_every + 2")

    @property
    def pinned(self) -> Sequence[str]:
        """The ingredients that are resolved once, at submission, and kept over all restarts."""
        return [name for name in PARTS if self.has(name)]


origin = "docs/reference/stories.md §4 C11"
settings = Settings()
does = {
    "broken": "A resumed run reads the newest rows, in the image that its tag names now.",
    "half-fixed, image": "A resumed run reads the rows of its snapshot, in the image that its tag names now.",
    "half-fixed, snapshot": "A resumed run uses the image that it began with, and reads the newest rows.",
    "fixed": "A resumed run reads the rows of its snapshot, in the image that it began with.",
}
needs = ("deltalake", "pyarrow")
promises = [a_run_is_made_of_one_snapshot_and_one_image, every_run_ends_as_if_undisturbed]
must_reach = [events.IngredientsUsed, events.IngredientsMoved, events.RunPreempted]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Move both ingredients after the first save, and take the pod away a few steps later."""
    from gateway_sim.scenarios.orchestration.workloads.ingredients import NAMES, Ingredients
    from gateway_sim.scenarios.orchestration.workloads.restarted_script import Habits, Pointers, restarted_script

    s, chance = sandbox.settings, sandbox.seeds.stream("preemption")
    world_settings = WorldSettings(
        steps=s.steps, save_every=s.save_every, start_s=s.start_s, batch=SIZE, length=LENGTH, think_s=0.1
    )
    pointers = Pointers(*sandbox.table("pointers"))
    ingredients = Ingredients(sandbox, s.steps, SIZE, LENGTH)
    ingredients.publish_rows(0)
    ingredients.publish_image(LENGTH)
    for part in s.pinned:
        pointers.move(f"job-1/{part}", ingredients.resolve(NAMES[part]))

    def rows(life: int) -> Rows:
        named = [pointers.resolve(f"job-1/{part}") or NAMES[part] for part in PARTS]
        snapshot, image = map(ingredients.resolve, named)
        sandbox.emit(events.IngredientsUsed(life, snapshot, image))
        examples = ingredients.examples(snapshot, image)
        return lambda step: examples[step]

    async with restarted_script(sandbox, world_settings, pointers, Habits(rows)) as script:
        run = script.world.start_training()
        await sandbox.trace.until(events.LatestMoved, step=s.save_every)
        ingredients.publish_rows(1000)
        ingredients.publish_image(LENGTH // 2)
        await sandbox.trace.until(StepAcknowledged, step=chance.randint(s.save_every + 1, s.steps - 1))
        await asyncio.sleep(chance.uniform(0.0, 0.2))
        sandbox.emit(events.RunPreempted(script.life, script.done))
        await script.world.preempt_job()
        await run


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the steps of the final weights that were trained on another snapshot or image than the first."""
    used = [entry.event for entry in trace.of(events.IngredientsUsed)]
    resumed = {entry.event.incarnation: entry.event.step for entry in trace.of(events.RunResumed)}
    last = used[-1]
    other = (last.snapshot, last.image) != (used[0].snapshot, used[0].image)
    mixed = s.steps - resumed.get(last.attempt, 0) if other else 0
    return Damage(
        amount=mixed,
        unit="steps on other ingredients",
        sentence=f"begun on {used[0].snapshot} by {used[0].image[:20]}, ended on {last.snapshot} by "
        f"{last.image[:20]}: {mixed} of {s.steps} steps were trained on other ingredients",
        figures={"lives": len(used), "resumed_at": resumed.get(last.attempt, 0)},
    )
