"""Mutations played: each guard's race or story with the part intact, which must be kept, and with the part broken."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gateway_sim.scenarios.judge.verdict import Verdict
from gateway_sim.scenarios.run.plans import race_plan, story_plan
from gateway_sim.scenarios.run.result import RaceResult, StoryResult
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.search import mutations
from gateway_sim.scenarios.search.mutations import Guard, Mutation, StoryGuard


@dataclass(frozen=True)
class Trial:
    """The result of one guard: the verdicts with the part intact and broken, and the promises that the latter broke."""

    mutation: Mutation
    guard: Guard | StoryGuard
    whole: Verdict
    broken: Verdict
    caught_by: Sequence[str]
    seed: int = 0

    @property
    def caught(self) -> bool:
        """Whether the intact part keeps the race and the broken part breaks the promise that the guard names."""
        if self.whole != "kept" or self.guard.promise not in self.caught_by:
            return False
        return self.broken == ("not_exercised" if self.guard.prevents else "broken")

    def document(self) -> dict[str, Any]:
        """Return the trial as plain JSON values; of a story, client and gateway are "-"."""
        guard = self.guard
        if isinstance(guard, Guard):
            client, gateway, settings = guard.client, guard.gateway, dict(guard.settings)
        else:
            client, gateway, settings = "-", "-", words_of(guard)
        return {
            "mutation": self.mutation.name,
            "summary": self.mutation.summary,
            "part": self.mutation.part,
            "race": guard.race,
            "client": client,
            "gateway": gateway,
            "settings": settings,
            "seed": self.seed,
            "whole": self.whole,
            "broken": self.broken,
            "promise": guard.promise,
            "broken_promises": list(self.caught_by),
            "caught": self.caught,
        }


def words_of(guard: StoryGuard) -> dict[str, str]:
    """Return the settings of a story's guard, with its variant."""
    return {"variant": guard.variant, **guard.settings}


def play(guard: Guard | StoryGuard, seed: int = 0) -> RaceResult | StoryResult:
    """Play a guard's race with its pair, or its story in its variant."""
    if isinstance(guard, StoryGuard):
        return run_plan(story_plan(RunSpec(guard.race, seed=seed, settings=words_of(guard))))
    plan = race_plan(RunSpec(guard.race, guard.client, guard.gateway, settings=guard.settings))
    race = dataclasses.replace(plan.race, play=lambda world: guard.world(world, plan.race.play))
    return run_plan(dataclasses.replace(plan, race=race))


def cases(names: Sequence[str]) -> list[tuple[Mutation, Guard | StoryGuard, int]]:
    """Return the guards of the mutations of these names, with each seed that a guard is played with."""
    loaded = [mutations.load(name) for name in names]
    return [(one, guard, seed) for one in loaded for guard in one.guards for seed in getattr(guard, "seeds", (0,))]


def left_out(names: Sequence[str]) -> list[str]:
    """Return a sentence for each mutation of these names whose story needs a library that is not installed."""
    lacking = {
        one.name: guard.missing for one, guard, _ in cases(names) if isinstance(guard, StoryGuard) and guard.missing
    }
    return [f"{name} is left out: its story needs {', '.join(missing)}" for name, missing in lacking.items()]


def trials(names: Sequence[str]) -> Iterator[Trial]:
    """Try the mutations of these names, guard by guard; without those whose story lacks a library."""
    for mutation, guard, seed in cases(names):
        if not (isinstance(guard, StoryGuard) and guard.missing):
            yield attempt(mutation, guard, seed)


def attempt(mutation: Mutation, guard: Guard | StoryGuard, seed: int = 0) -> Trial:
    """Play a guard with the part intact and broken."""
    whole = play(guard, seed)
    with mutation.broken():
        broken = play(guard, seed)
    promises = list(dict.fromkeys(violation.promise for violation in broken.violations))
    return Trial(mutation, guard, whole.verdict, broken.verdict, promises, seed)
