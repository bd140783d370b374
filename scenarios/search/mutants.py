"""Mutations played: each guard's race with the part intact, which must be kept, and with the part broken."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gateway_sim.scenarios.judge.verdict import Verdict
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.search import mutations
from gateway_sim.scenarios.search.mutations import Guard, Mutation


@dataclass(frozen=True)
class Trial:
    """The result of one guard: the verdicts with the part intact and broken, and the promises that the latter broke."""

    mutation: Mutation
    guard: Guard
    whole: Verdict
    broken: Verdict
    caught_by: Sequence[str]

    @property
    def caught(self) -> bool:
        """Whether the intact part keeps the race and the broken part breaks the promise that the guard names."""
        if self.whole != "kept" or self.guard.promise not in self.caught_by:
            return False
        return self.broken == ("not_exercised" if self.guard.prevents else "broken")

    def document(self) -> dict[str, Any]:
        """Return the trial as plain JSON values."""
        return {
            "mutation": self.mutation.name,
            "summary": self.mutation.summary,
            "part": self.mutation.part,
            "race": self.guard.race,
            "client": self.guard.client,
            "gateway": self.guard.gateway,
            "settings": dict(self.guard.settings),
            "whole": self.whole,
            "broken": self.broken,
            "promise": self.guard.promise,
            "broken_promises": list(self.caught_by),
            "caught": self.caught,
        }


def play(guard: Guard) -> RaceResult:
    """Play a guard's race with its pair."""
    plan = race_plan(RunSpec(guard.race, guard.client, guard.gateway, settings=guard.settings))
    race = dataclasses.replace(plan.race, play=lambda world: guard.world(world, plan.race.play))
    return run_plan(dataclasses.replace(plan, race=race))


def trials(names: Sequence[str]) -> Iterator[Trial]:
    """Try the mutations of these names, guard by guard."""
    for name in names:
        mutation = mutations.load(name)
        for guard in mutation.guards:
            yield attempt(mutation, guard)


def attempt(mutation: Mutation, guard: Guard) -> Trial:
    """Play a guard with the part intact and broken."""
    whole = play(guard)
    with mutation.broken():
        broken = play(guard)
    promises = list(dict.fromkeys(violation.promise for violation in broken.violations))
    return Trial(mutation, guard, whole.verdict, broken.verdict, promises)
