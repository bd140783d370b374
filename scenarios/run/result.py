"""The result of a run: its verdict, its reasons, its figures, and the command that runs it again."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scenarios.judge.anomalies import sightings
from scenarios.judge.damage import Damage
from scenarios.judge.measure import Metrics, Outcome
from scenarios.judge.verdict import Broken, Verdict
from scenarios.races import Expected
from scenarios.run.spec import RunSpec
from scenarios.sim.renamed import formerly
from scenarios.sim.trace import Trace

OF_A_RACE: Final = ("client", "gateway", "sdk", "balance", "driver")
"""The words of a spec that only a race has."""


@dataclass(frozen=True)
class RunError:
    """The error that ended the user's script: its class, the status and leg it came from, its message."""

    type: str
    status: int | None
    leg: str | None
    message: str


@dataclass(frozen=True)
class RunResult(ABC):
    """What a run came to. A live run has no digest: it cannot be repeated. `trace` is not part of the document."""

    spec: RunSpec
    outcome: Outcome
    error: RunError | None
    verdict: Verdict
    expected: Expected | None
    violations: list[Broken]
    metrics: Metrics
    digest: str | None
    replay: str
    trace: Trace = field(repr=False, compare=False)

    @property
    def race(self) -> str:
        """The name of the race or the story."""
        return self.spec.race

    @property
    def engine(self) -> str:
        """The engine that played it."""
        return self.spec.engine

    @property
    def seed(self) -> int:
        """The seed of every choice."""
        return self.spec.seed

    @property
    def settings(self) -> Mapping[str, str]:
        """The changed settings, as words."""
        return self.spec.settings

    @property
    def as_expected(self) -> bool:
        """Say whether the verdict is the expected one; without an expectation it must be kept."""
        if self.expected == "either":
            return self.verdict != "not_exercised"
        return self.verdict == (self.expected or "kept")

    @property
    def remark(self) -> str:
        """A sentence that stands beside the verdict; empty where there is none."""
        return ""

    @property
    @abstractmethod
    def name(self) -> str:
        """The run's name among those of its race or story."""

    @property
    def _sets(self) -> str:
        return "".join(f" {name}={word}" for name, word in self.settings.items())

    @abstractmethod
    def figures(self) -> dict[str, Any]:
        """Return the figures that a person reads of this run, by name."""

    def document(self) -> dict[str, Any]:
        """Return the run as plain JSON values."""
        return {
            "race": self.race,
            # one release longer, a story has these words too, with nothing in them
            **dict.fromkeys(OF_A_RACE, "-"),
            "engine": self.engine,
            "seed": self.seed,
            "settings": dict(self.settings),
            "outcome": self.outcome,
            "error": self.error and dataclasses.asdict(self.error),
            "verdict": self.verdict,
            "expected": self.expected,
            "violations": [violation_document(violation) for violation in self.violations],
            "metrics": dataclasses.asdict(self.metrics),
            "digest": self.digest,
            "replay": self.replay,
            "anomalies": [sighting.document() for sighting in sightings(self.trace)],
        }


@dataclass(frozen=True)
class RaceResult(RunResult):
    """What a race came to, and the words of its pairing."""

    @property
    def client(self) -> str:
        """The client policy."""
        return self.spec.client

    @property
    def gateway(self) -> str:
        """The gateway policy."""
        return self.spec.gateway

    @property
    def sdk(self) -> str:
        """The SDK profile."""
        return self.spec.sdk

    @property
    def balance(self) -> str:
        """How the balancer balances."""
        return self.spec.balance

    @property
    def name(self) -> str:
        """The pairing, the changed settings and the seed."""
        return f"{self.client} under {self.gateway}{self._sets}, {self.balance}, seed {self.seed}"

    def figures(self) -> dict[str, Any]:
        """Return the metrics."""
        return dataclasses.asdict(self.metrics)

    def document(self) -> dict[str, Any]:
        """Return the run as plain JSON values."""
        return super().document() | {word: getattr(self.spec, word) for word in OF_A_RACE}


@dataclass(frozen=True)
class StoryResult(RunResult):
    """What a story of orchestration came to, and its damage."""

    damage: Damage

    @property
    def remark(self) -> str:
        """The damage, in a sentence."""
        return f"damage: {self.damage.amount:g} {self.damage.unit}; {self.damage.sentence}"

    @property
    def name(self) -> str:
        """The settings and the seed."""
        return f"{self._sets.strip()}, seed {self.seed}"

    def figures(self) -> dict[str, Any]:
        """Return the damage's figures; what a race measures at a gateway would be zeros."""
        return {"wall_s": self.metrics.wall_s, **self.damage.figures}

    def document(self) -> dict[str, Any]:
        """Return the run as plain JSON values."""
        told, damage = super().document(), self.damage
        told["metrics"] |= {"damage": damage.amount, "damage_unit": damage.unit, **damage.figures}
        return {**told, "damage": damage.sentence}


def violation_document(violation: Broken) -> dict[str, Any]:
    """Return a violation as plain JSON values; a promise that was renamed carries its old name beside the new one."""
    return {**dataclasses.asdict(violation), **formerly("promise", violation.promise)}


def by_kind(results: Iterable[RunResult]) -> tuple[list[RaceResult], list[StoryResult]]:
    """Return the results of races and those of stories."""
    results = list(results)
    return (
        [result for result in results if isinstance(result, RaceResult)],
        [result for result in results if isinstance(result, StoryResult)],
    )
