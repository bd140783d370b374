"""The result of a run: its verdict, its reasons, its figures, and the command that runs it again."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway_sim.scenarios.judge.anomalies import sightings
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.judge.measure import Metrics, Outcome
from gateway_sim.scenarios.judge.verdict import Broken, Verdict
from gateway_sim.scenarios.races import Expected
from gateway_sim.scenarios.run.spec import GatewayProgram, Program
from gateway_sim.scenarios.sim.trace import Trace

OF_A_RACE: Final = ("client", "gateway", "sdk", "balance", "driver")
"""The words of a spec that only a race has."""


@dataclass(frozen=True)
class RunError:
    """The error that ended the user's script: its class, the status and leg it came from, its message."""

    type: str
    status: int | None
    leg: str | None
    message: str


@dataclass(frozen=True, kw_only=True)
class RunResult(ABC):
    """The result of a race or a story. A live run has no digest: it cannot be repeated."""

    race: str
    engine: str
    seed: int
    settings: Mapping[str, str]
    program: Program | None = None
    own_gateway: GatewayProgram | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
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
    def as_expected(self) -> bool:
        """Whether the verdict is the expected one; without an expectation it must be kept."""
        if self.expected == "either":
            return self.verdict != "not_exercised"
        return self.verdict == (self.expected or "kept")

    @property
    @abstractmethod
    def name(self) -> str:
        """The run's name among those of its race or story."""

    @property
    def remark(self) -> str:
        """A sentence beside the verdict, or an empty one."""
        return ""

    def figures(self) -> dict[str, Any]:
        """Return the figures of this run for display, by name."""
        return dataclasses.asdict(self.metrics)

    def document(self) -> dict[str, Any]:
        """Return the run as plain JSON values, without the trace."""
        # for one more release a story's document has the words of a race, each "-"
        words = dict.fromkeys(OF_A_RACE, "-") | {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        del words["trace"]
        return words | {
            "settings": dict(self.settings),
            "parts": dict(self.parts),
            "program": self.program and dataclasses.asdict(self.program),
            "own_gateway": self.own_gateway and dataclasses.asdict(self.own_gateway),
            "error": self.error and dataclasses.asdict(self.error),
            "violations": [violation.document() for violation in self.violations],
            "metrics": dataclasses.asdict(self.metrics),
            "anomalies": [sighting.document() for sighting in sightings(self.trace)],
        }

    def _words(self) -> list[str]:
        return [f"{name}={word}" for name, word in self.settings.items()]


@dataclass(frozen=True, kw_only=True)
class RaceResult(RunResult):
    """The result of a race, and the words of its pairing."""

    client: str
    gateway: str
    sdk: str
    balance: str
    driver: str

    @property
    def name(self) -> str:
        """The pairing, the changed settings and the seed."""
        gateway = " ".join([self.gateway, *self._words()])
        return f"{self.client} under {gateway}, {self.balance}, seed {self.seed}"


@dataclass(frozen=True, kw_only=True)
class StoryResult(RunResult):
    """The result of a story of orchestration, and its damage."""

    damage: Damage

    @property
    def name(self) -> str:
        """The settings, the parts of the user's own and the seed."""
        words = [*self._words(), *(f"{port}={part}" for port, part in self.parts.items())]
        return f"{' '.join(words)}, seed {self.seed}"

    @property
    def remark(self) -> str:
        """The damage, in a sentence."""
        beside = f" ({self.damage.beside})" if self.damage.beside else ""
        return f"damage: {self.damage.amount:g} {self.damage.unit}{beside}; {self.damage.sentence}"

    def figures(self) -> dict[str, Any]:
        """Return the damage's figures; a story has no gateway to measure."""
        return {"wall_s": self.metrics.wall_s, **self.damage.figures}

    def document(self) -> dict[str, Any]:
        """Return the run as plain JSON values."""
        document, damage = super().document(), self.damage
        counted = {"damage": damage.amount, "damage_unit": damage.unit, "damage_also": dict(damage.also)}
        document["metrics"] |= {**counted, **damage.figures}
        return document | {"damage": damage.sentence}


def by_kind(results: Iterable[RunResult]) -> tuple[list[RaceResult], list[StoryResult]]:
    """Return the results of races and those of stories."""
    results = list(results)
    return (
        [result for result in results if isinstance(result, RaceResult)],
        [result for result in results if isinstance(result, StoryResult)],
    )
