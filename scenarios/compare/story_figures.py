"""A story over seeds: damage and verdicts of each variant, and its figures beside their closed forms.

The mean over the seeds has Student's t interval, the share of broken runs Wilson's, both with a confidence of 95 %.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from gateway_sim.scenarios.compare.setting_sweep import Measured
from gateway_sim.scenarios.judge.damage import BESIDE
from gateway_sim.scenarios.judge.wilson import wilson
from gateway_sim.scenarios.orchestration.stories import Scenario
from gateway_sim.scenarios.orchestration.workloads.sandbox import VARIANTS
from gateway_sim.scenarios.run.result import StoryResult
from gateway_sim.scenarios.run.spec import RunSpec


@dataclass(frozen=True)
class Beside:
    """A figure's mean over the seeds with its standard error, and what was expected of it.

    `expected` has the means of the closed form, the simulation and the reference, by the labels of `BESIDE`.
    """

    figure: str
    measured: float
    standard_error: float
    expected: Mapping[str, float]


@dataclass(frozen=True)
class VariantFigures:
    """A variant over seeds, with what its half-fix omits; `seed_0` is the damage of the first seed.

    `disagreeing` has the lines that replay runs with damage and no broken promise, or a broken promise and no damage;
    `unexpected` those that replay runs with another verdict than the expected one.
    """

    variant: str
    omits: str
    does: str
    verdicts: Mapping[str, int]
    broken: Measured
    damage: Measured
    least: float
    most: float
    seed_0: float
    beside: Sequence[Beside]
    disagreeing: Sequence[str]
    unexpected: Sequence[str]

    @property
    def name(self) -> str:
        """The variant, with the part that its half-fix omits."""
        return f"{self.variant}, without {self.omits}" if self.omits else self.variant


@dataclass(frozen=True)
class StoryFigures:
    """The variants of a story over `seeds` seeds; damage is counted in `unit`."""

    story: str
    seeds: int
    unit: str
    variants: Sequence[VariantFigures]

    @property
    def disagreeing(self) -> list[str]:
        """The lines that replay runs whose damage and verdict disagree."""
        return [line for one in self.variants for line in one.disagreeing]

    @property
    def unexpected(self) -> list[str]:
        """The lines that replay runs with another verdict than the expected one."""
        return [line for one in self.variants for line in one.unexpected]

    def document(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return asdict(self)


def specs_of(story: Scenario, seeds: int) -> list[RunSpec]:
    """Return the runs of each variant, seed by seed; the half-fixed one with each part that it may omit."""
    words: list[dict[str, str]] = []
    for variant in VARIANTS:
        parts = story.omits if variant == "half-fixed" else ()
        words += [{"variant": variant, "omits": part} for part in parts] or [{"variant": variant}]
    return [RunSpec(story.name, seed=seed, settings=word) for word in words for seed in range(seeds)]


def summed_up(story: Scenario, results: Iterable[StoryResult]) -> StoryFigures:
    """Return the figures of these results, which must come in the order of `specs_of`."""
    groups = [list(group) for _, group in groupby(results, key=lambda run: dict(run.settings))]
    variants = [_variant(story, runs) for runs in groups]
    return StoryFigures(story.name, len(groups[0]), groups[0][0].damage.unit, variants)


def beside(drawn: Sequence[Mapping[str, float]]) -> Iterator[Beside]:
    """Yield the figures of these runs that have a closed form, a simulation or a reference beside them."""
    for name in dict.fromkeys(name for figures in drawn for name in figures):
        found = {label: _of(drawn, f"{name}{end}") for end, label in BESIDE.items()}
        expected = {label: statistics.fmean(values) for label, values in found.items() if values}
        if expected:
            measured = _of(drawn, name)
            error = statistics.stdev(measured) / len(measured) ** 0.5 if len(measured) > 1 else 0.0
            yield Beside(name, statistics.fmean(measured), error, expected)


def _of(drawn: Sequence[Mapping[str, float]], name: str) -> list[float]:
    return [figures[name] for figures in drawn if name in figures]


def _variant(story: Scenario, runs: Sequence[StoryResult]) -> VariantFigures:
    words = runs[0].settings
    variant, omits = words["variant"], words.get("omits", "")
    broken = sum(run.verdict == "broken" for run in runs)
    amounts = [run.damage.amount for run in runs]
    return VariantFigures(
        variant=variant,
        omits=omits,
        does=story.does.get(f"{variant}, {omits}" if omits else variant, ""),
        verdicts=dict(Counter(run.verdict for run in runs)),
        broken=Measured(broken / len(runs), *wilson(broken, len(runs))),
        damage=Measured.of(amounts),
        least=min(amounts),
        most=max(amounts),
        seed_0=amounts[0],
        beside=list(beside([run.damage.figures for run in runs])),
        disagreeing=[run.replay for run in runs if (run.damage.amount > 0) != (run.verdict == "broken")],
        unexpected=[run.replay for run in runs if not run.as_expected],
    )
