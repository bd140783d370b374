"""The figures of a scenario over many seeds: the mean of what was measured, beside what was expected of it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table

from scenarios.judge.damage import BESIDE
from scenarios.run.result import RunResult


def seeds_figures(runs: Sequence[RunResult]) -> RenderableType:
    """Return a row for each figure that has a closed form or a card's beside it; nothing where none has."""
    rows = list(_rows([run.figures() for run in runs]))
    if not rows:
        return Group()
    table = Table("mean over the seeds", "measured", "standard error", *BESIDE.values(), box=None)
    for row in rows:
        table.add_row(*row)
    return table


def _rows(drawn: Sequence[Mapping[str, float]]) -> Iterator[list[str]]:
    for name in dict.fromkeys(name for figures in drawn for name in figures):
        beside = {end: _of(drawn, f"{name}{end}") for end in BESIDE}
        if not any(beside.values()):
            continue
        measured = _of(drawn, name)
        error = statistics.stdev(measured) / len(measured) ** 0.5 if len(measured) > 1 else 0.0
        means = [_shown(statistics.fmean(found)) if found else "-" for found in beside.values()]
        yield [name, _shown(statistics.fmean(measured)), _shown(error), *means]


def _of(drawn: Sequence[Mapping[str, float]], name: str) -> list[float]:
    return [figures[name] for figures in drawn if name in figures]


def _shown(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
