"""One story or race under several values of its settings: damage and cost of each value, over seeds.

The mean over the seeds has Student's t interval, the share of broken runs Wilson's, both with a confidence of 95 %.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from gateway_sim.scenarios.judge.student import mean_interval
from gateway_sim.scenarios.judge.wilson import wilson
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.run.plans import StoryPlan, resolve
from gateway_sim.scenarios.run.result import RunResult, StoryResult
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import UsageError

MOST_VALUES: Final = 1000
ENDED: Final = "ended_s"
"""The cost of a race, and of a story without one of its own: the second at which it ended."""


@dataclass(frozen=True)
class Measured:
    """A mean over the seeds, and the ends of its interval."""

    mean: float
    low: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> Measured:
        """Return the mean of one or more values with its t interval."""
        return Measured(*(round(end, 6) for end in mean_interval(values)))


@dataclass(frozen=True)
class Value:
    """A combination of values to play; `theory` names what calls it the best, "" for one that was asked for."""

    words: Mapping[str, str]
    theory: str = ""


@dataclass(frozen=True)
class Row:
    """What one combination of values costs over the seeds; `damage` is None for a race, which counts none.

    `closed_form` is the mean of the cost that theory expects of the same runs. `digest` is that of all its runs.
    """

    values: Mapping[str, str]
    theory: str
    seeds: int
    broken: Measured
    damage: Measured | None
    cost: Measured
    closed_form: float | None
    best: bool
    digest: str

    def document(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        return asdict(self) | {"values": dict(self.values)}


@dataclass(frozen=True)
class Sweep:
    """The rows of a sweep in the order of their values, and what they count."""

    race: str
    settings: Mapping[str, str]
    parts: Mapping[str, str]
    names: Sequence[str]
    seeds: int
    unit: str
    cost: str
    rows: Sequence[Row]

    @property
    def best(self) -> Row:
        """The row with the least damage, among equals with the fewest broken runs, then with the least cost."""
        return next(row for row in self.rows if row.best)

    @property
    def without_effect(self) -> bool:
        """Whether damage and cost are the same for every value."""
        return len(self.rows) > 1 and len({(row.broken, row.damage, row.cost) for row in self.rows}) == 1

    def sentence(self) -> str:
        """Return which value is best, and how it stands beside the best of theory, in one line."""
        if self.without_effect:
            return f"{' and '.join(self.names)} changed neither damage nor {self.cost}"
        best = self.best
        differ = best.damage is not None and len({row.damage.mean for row in self.rows if row.damage}) > 1
        damage = f"damage {best.damage.mean:,.5g}, " if best.damage and differ else ""
        said = f"best: {_words(best.values)}, {damage}{self.cost} {best.cost.mean:,.6g}"
        theory = next((row for row in self.rows if row.theory), None)
        if theory is None:
            return said
        apart = theory.cost.mean / best.cost.mean - 1 if best.cost.mean else 0.0
        return (
            f"{said}; {theory.theory}'s {_words(theory.values)}: {theory.cost.mean:,.6g} measured, {apart:.1%} more"
            + (f", and {theory.closed_form:,.6g} by the closed form" if theory.closed_form is not None else "")
        )

    def document(self) -> dict[str, Any]:
        """Return the sweep as plain JSON values."""
        return {
            "race": self.race,
            "settings": dict(self.settings),
            "parts": dict(self.parts),
            "swept": list(self.names),
            "seeds": self.seeds,
            "damage_unit": self.unit,
            "cost": self.cost,
            "interval": "t, 95 %; of the broken runs' share Wilson, 95 %",
            "rows": [row.document() for row in self.rows],
            "best": dict(self.best.values),
            "sentence": self.sentence(),
        }


def _words(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={word}" for name, word in values.items())


def values_of(word: str, name: str) -> list[str]:
    """Return the values that a word lists: `a,b,c`, `LOW..HIGH:STEP`, or `LOW..HIGHxFACTOR`, from LOW up to HIGH.

    Raises `UsageError`.
    """
    if ".." not in word:
        values = [one.strip() for one in word.split(",")]
        if not all(values) or len({_digits(one) for one in values}) < len(values):
            raise UsageError(f"{name}={word}: list each value once, as in {name}=1,2,3")
        return values
    span, _, step = word.partition(":") if ":" in word else word.partition("x")
    try:
        low, high = map(float, span.split(".."))
        by = float(step)
    except ValueError:
        raise UsageError(f"{name}={word}: a range is LOW..HIGH:STEP or LOW..HIGHxFACTOR, as in 60..600:60") from None
    grows = ":" in word
    if not (low <= high and (by > 0 if grows else by > 1 and low > 0) and all(map(math.isfinite, (low, high, by)))):
        raise UsageError(f"{name}={word}: it must rise, by a step above 0 or a factor above 1 from above 0")
    many = (high - low) / by if grows else math.log(high / low) / math.log(by)
    if many >= MOST_VALUES:
        raise UsageError(f"{name}={word}: that is {many:,.0f} values; {MOST_VALUES} are played at most")
    found = [f"{low + n * by if grows else low * by**n:.10g}" for n in range(math.floor(many + 1e-9) + 1)]
    if len(set(found)) < len(found):
        raise UsageError(f"{name}={word}: the values are the same in ten digits; take a larger step")
    return found


def grid(spec: RunSpec, swept: Mapping[str, Sequence[str]]) -> list[Value]:
    """Return the combinations of values to play, and the best one of theory if a story has one for the only setting.

    Raises `UsageError` for a value that the story or the race refuses, before anything runs.
    """
    found = [Value(dict(zip(swept, words, strict=True))) for words in itertools.product(*swept.values())]
    if len(found) > MOST_VALUES:
        raise UsageError(f"that is {len(found):,} combinations of values; {MOST_VALUES} are played at most")
    plans = [resolve(replace(spec, settings={**spec.settings, **value.words})) for value in found]
    if len(swept) > 1 or not isinstance(plans[0], StoryPlan):
        return found
    (name,) = swept
    best = plans[0].race.optimum(plans[0].settings, name)
    if best is None:
        return found
    words = [value.words[name] for value in found]
    place = next((n for n, word in enumerate(words) if _number(word) == best.value), None)
    if place is not None:
        found[place] = replace(found[place], theory=best.theory)
    else:
        below = sum(_number(word) < best.value for word in words)
        found.insert(below, Value({name: f"{best.value:.10g}"}, best.theory))
    return found


def _digits(word: str) -> str:
    """Return a number in ten digits, so that 0.5 and 0.50 are one value; another word as it is."""
    try:
        return f"{float(word):.10g}"
    except ValueError:
        return word


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return math.inf


def specs_of(spec: RunSpec, values: Iterable[Value], seeds: Sequence[int]) -> list[RunSpec]:
    """Return the runs of a sweep: the seeds of the first value, then those of the next."""
    return [replace(spec, settings={**spec.settings, **value.words}, seed=seed) for value in values for seed in seeds]


def summed_up(spec: RunSpec, values: Sequence[Value], seeds: int, results: Iterable[RunResult]) -> Sweep:
    """Return the sweep of these results, which must come in the order of `specs_of`."""
    lots = list(_in_lots(results, seeds))
    rows = [_row(value, lot) for value, lot in zip(values, lots, strict=True)]
    # damage of other units is in no row, and breaks promises too
    least = min(range(len(rows)), key=lambda n: (_damage(rows[n]), rows[n].broken.mean, rows[n].cost.mean))
    rows[least] = replace(rows[least], best=True)
    first = lots[0][0]
    unit = first.damage.unit if isinstance(first, StoryResult) else "share of runs that break a promise"
    return Sweep(spec.race, spec.settings, spec.parts, list(values[0].words), seeds, unit, _cost(first)[0], rows)


def _in_lots(results: Iterable[RunResult], size: int) -> Iterator[list[RunResult]]:
    given = iter(results)
    while lot := list(itertools.islice(given, size)):
        yield lot


def _row(value: Value, runs: Sequence[RunResult]) -> Row:
    broken = sum(run.verdict == "broken" for run in runs)
    told = [run for run in runs if isinstance(run, StoryResult)]
    costs = [_cost(run) for run in runs]
    expected = [run.damage.figures.get(f"{costs[0][0]}_expected") for run in told]
    known = [figure for figure in expected if figure is not None]
    return Row(
        values=value.words,
        theory=value.theory,
        seeds=len(runs),
        broken=Measured(broken / len(runs), *wilson(broken, len(runs))),
        damage=Measured.of([run.damage.amount for run in told]) if told else None,
        cost=Measured.of([amount for _, amount in costs]),
        closed_form=round(sum(known) / len(known), 6) if known and len(known) == len(runs) else None,
        best=False,
        digest=hashlib.sha256(" ".join(run.digest or "-" for run in runs).encode()).hexdigest()[:16],
    )


def _cost(run: RunResult) -> tuple[str, float]:
    """Return the cost of a run and its name."""
    if isinstance(run, StoryResult):
        name = stories.load(run.race).cost
        if name in run.damage.figures:
            return name, run.damage.figures[name]
    return ENDED, run.metrics.finished_s


def _damage(row: Row) -> float:
    return row.broken.mean if row.damage is None else row.damage.mean
