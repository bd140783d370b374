"""The tables of the orchestration stories: the damage in each variant, and the figures over many seeds."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from gateway_sim.scenarios.judge.damage import BESIDE
from gateway_sim.scenarios.orchestration.workloads.sandbox import VARIANTS
from gateway_sim.scenarios.report.matrix import Opened, anchor, opened
from gateway_sim.scenarios.report.table import Cell, Table
from gateway_sim.scenarios.report.tables import least, least_expected
from gateway_sim.scenarios.run.result import RunResult, StoryResult

MISSING = "no scenario of orchestration was played: pip install 'gateway-sim[orchestration]'"


def damage_table(runs: Sequence[StoryResult]) -> RenderableType:
    """Return the damage of the scenarios for a terminal; without runs, how to install their libraries."""
    return Group(variants_table(runs), Text()) if runs else Text(MISSING, "dim")


def variants_table(runs: Sequence[StoryResult]) -> Table:
    """Return a row for each scenario and its settings, and a column for each variant.

    Over several seeds a cell has the least and the most damage.
    """
    rows: list[Sequence[Cell | str]] = []
    for name, of_scenario in groupby(runs, key=_row):
        played = list(of_scenario)
        cells = [_cell([run for run in played if run.settings["variant"] == variant]) for variant in VARIANTS]
        rows.append([name, *cells, Cell(played[0].damage.unit, "soft")])
    caption = "the scenarios of orchestration: broken, half-fixed and fixed"
    return Table(["scenario", *VARIANTS, "damage is counted in"], rows, caption)


def opened_variants(runs: Sequence[StoryResult]) -> Iterator[Opened]:
    """Yield what each cell of the table opens."""
    for name, of_scenario in groupby(runs, key=_row):
        for variant, played in groupby(of_scenario, key=lambda run: run.settings["variant"]):
            yield opened(list(played), f"{name}: {variant}")


def _row(run: StoryResult) -> str:
    return " ".join([run.race, *(f"{name}={word}" for name, word in run.settings.items() if name != "variant")])


def _cell(runs: Sequence[StoryResult]) -> Cell:
    if not runs:
        return Cell("-", "soft")
    amounts = [run.damage.amount for run in runs]
    ends = dict.fromkeys(f"{amount:.4g}" for amount in (min(amounts), max(amounts)))
    return replace(least_expected(runs, "-".join(ends)), opens=anchor(least(runs)))


def seeds_figures(runs: Sequence[RunResult]) -> RenderableType:
    """Return a row for each figure that has a closed form or a published value; without such figures, nothing."""
    rows = list(_figures([run.figures() for run in runs]))
    head = ["mean over the seeds", "measured", "standard error", *BESIDE.values()]
    return Table(head, rows) if rows else Group()


def _figures(drawn: Sequence[Mapping[str, float]]) -> Iterator[list[str]]:
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
