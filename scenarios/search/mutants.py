"""Each mutation tried: its races are played with the part whole, which must be kept, and with the part broken."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scenarios.judge.verdict import Verdict
from scenarios.run.plans import race_plan
from scenarios.run.result import RaceResult
from scenarios.run.runner import run_plan
from scenarios.run.spec import RunSpec
from scenarios.search import mutations
from scenarios.search.mutations import Guard, Mutation


@dataclass(frozen=True)
class Trial:
    """The result of one guard: the verdicts with the part whole and broken, and the promises broken then."""

    mutation: Mutation
    guard: Guard
    whole: Verdict
    broken: Verdict
    caught_by: Sequence[str]

    @property
    def caught(self) -> bool:
        """Say whether the guard caught it: kept whole, and broken by the promise that the guard names."""
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
    """Play a guard's race as its pair does, with the parts as they are now."""
    planned = race_plan(RunSpec(guard.race, guard.client, guard.gateway, settings=guard.settings))
    story = planned.race.play
    told = dataclasses.replace(planned.race, play=lambda world: guard.world(world, story))
    return run_plan(dataclasses.replace(planned, race=told))


def trials(names: Sequence[str]) -> Iterator[Trial]:
    """Try the mutations of these names, guard by guard."""
    for name in names:
        mutation = mutations.load(name)
        for guard in mutation.guards:
            yield attempt(mutation, guard)


def attempt(mutation: Mutation, guard: Guard) -> Trial:
    """Play a guard whole and broken."""
    whole = play(guard)
    with mutation.broken():
        broken = play(guard)
    promises = list(dict.fromkeys(violation.promise for violation in broken.violations))
    return Trial(mutation, guard, whole.verdict, broken.verdict, promises)
