"""The result of a run: its verdict, its reasons, its figures, and the command that runs it again."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from scenarios.judge.anomalies import sightings
from scenarios.judge.damage import Damage
from scenarios.judge.measure import Metrics, Outcome
from scenarios.judge.verdict import Broken, Verdict
from scenarios.races import Expected
from scenarios.sim.trace import Trace


@dataclass(frozen=True)
class RunError:
    """What the user's script died of: the exception's class, the status and leg it came from, its words."""

    type: str
    status: int | None
    leg: str | None
    message: str


@dataclass(frozen=True)
class RunResult:
    """A run's document (DESIGN §7); `trace` is not part of it. A live run has no digest: it cannot be repeated."""

    race: str
    client: str
    gateway: str
    sdk: str
    balance: str
    engine: str
    driver: str
    seed: int
    settings: dict[str, str]
    outcome: Outcome
    error: RunError | None
    verdict: Verdict
    expected: Expected | None
    violations: list[Broken]
    metrics: Metrics
    digest: str | None
    replay: str
    trace: Trace = field(repr=False, compare=False)
    damage: Damage | None = None

    @property
    def as_expected(self) -> bool:
        """Say whether the verdict is the expected one; without an expectation it must be kept."""
        if self.expected == "either":
            return self.verdict != "not_exercised"
        return self.verdict == (self.expected or "kept")

    def document(self) -> dict[str, Any]:
        """Return the run as plain JSON values."""
        shown = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in ("trace", "damage")}
        shown["violations"] = [dataclasses.asdict(v) for v in self.violations]
        shown["error"] = self.error and dataclasses.asdict(self.error)
        shown["metrics"] = dataclasses.asdict(self.metrics)
        shown["anomalies"] = [sighting.document() for sighting in sightings(self.trace)]
        if self.damage:
            shown["metrics"] |= {"damage": self.damage.amount, "damage_unit": self.damage.unit, **self.damage.figures}
            shown["damage"] = self.damage.sentence
        return shown
