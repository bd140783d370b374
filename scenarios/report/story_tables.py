"""The tables of the orchestration stories: the damage in each variant, and the figures over many seeds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from gateway_sim.scenarios.compare.story_figures import Beside, beside
from gateway_sim.scenarios.judge.damage import BESIDE
from gateway_sim.scenarios.orchestration.workloads.sandbox import VARIANTS
from gateway_sim.scenarios.report.matrix import Opened, anchor, opened
from gateway_sim.scenarios.report.table import Cell, Table
from gateway_sim.scenarios.report.tables import least, least_expected
from gateway_sim.scenarios.run.result import RunResult, StoryResult

BESIDE_HEAD = ("measured", "standard error", *BESIDE.values())
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
    rows = [beside_cells(one) for one in beside([run.figures() for run in runs])]
    return Table(["mean over the seeds", *BESIDE_HEAD], rows) if rows else Group()


def beside_cells(one: Beside) -> list[str]:
    """Return a figure, its mean, its standard error, and what was expected of it."""
    expected = (_shown(one.expected[label]) if label in one.expected else "-" for label in BESIDE.values())
    return [one.figure, _shown(one.measured), _shown(one.standard_error), *expected]


def _shown(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
