"""The second table of a verification: the damage of each scenario of orchestration, in its three variants."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scenarios.orchestration.workloads.sandbox import VARIANTS
from scenarios.report.tables import MARKS, STYLES
from scenarios.run.result import StoryResult


def damage_table(runs: Sequence[StoryResult]) -> RenderableType:
    """Return a row a scenario, with the settings that it was given, and a column a variant.

    Over several seeds a cell has the least and the most damage.
    """
    if not runs:
        return Text("no scenario of orchestration was played: pip install 'gateway-sim[orchestration]'", "dim")
    table = Table("scenario", *VARIANTS, "damage is counted in", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for name, of_scenario in groupby(runs, key=_row):
        played = list(of_scenario)
        cells = [_cell([run for run in played if run.settings["variant"] == variant]) for variant in VARIANTS]
        unit = played[0].damage.unit
        table.add_row(name, *cells, Text(unit, "dim"))
    return Group(Text("the scenarios of orchestration: broken, half-fixed and fixed", "bold"), table, Text())


def _row(run: StoryResult) -> str:
    return " ".join([run.race, *(f"{name}={word}" for name, word in run.settings.items() if name != "variant")])


def _cell(runs: Sequence[StoryResult]) -> str:
    if not runs:
        return "-"
    worst = next((run for run in runs if not run.as_expected), runs[0])
    amounts = [run.damage.amount for run in runs]
    span = f"{min(amounts):.4g}" if min(amounts) == max(amounts) else f"{min(amounts):.4g}-{max(amounts):.4g}"
    mark = "" if worst.as_expected else " [bold]![/]"
    return f"[{STYLES[worst.verdict]}]{MARKS[worst.verdict]} {span}[/]{mark}"
