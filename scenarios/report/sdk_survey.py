"""The real SDKs in every race under every gateway, for a terminal and as a page."""

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from gateway_sim.scenarios.compare.sdk_survey import SdkUnderGateway, shares_by_sdk, summaries
from gateway_sim.scenarios.compare.tournament import Score
from gateway_sim.scenarios.compare.warm_up_costs import Row
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.table import Cell, Table, Tone
from gateway_sim.scenarios.report.tables import pr_table
from gateway_sim.scenarios.report.tournament import race_label

HEAD = ("SDK", "gateway", "finished", "95 %", "how the others end", "peak/s", "twice")
LEGEND = (
    "finished, of the runs whose job lives, with Wilson's interval",
    "how the others end: the exception's class, or the outcome, and the number of runs",
    "peak/s: the most requests for one future within a second; twice: steps applied twice",
)


def survey_table(found: Sequence[SdkUnderGateway]) -> Table:
    """Return a row for each SDK and gateway."""
    return Table(HEAD, [_row(one) for one in found])


def _row(one: SdkUnderGateway) -> list[Cell]:
    tone: Tone = "good" if one.finished == one.runs else "bad"
    ends = ", ".join(f"{name} {count}" for name, count in one.endings.items())
    return [
        Cell(one.sdk),
        Cell(one.gateway),
        Cell(f"{one.finished}/{one.runs}", tone),
        Cell(f"{one.low:.1%}-{one.high:.1%}"),
        Cell(ends or "-"),
        Cell(str(one.peak)),
        Cell(str(one.twice), "bad" if one.twice else ""),
    ]


def race_tables(found: Sequence[Score]) -> list[Table]:
    """Return a table of finished runs for each SDK: a row for each race, a column for each gateway."""
    tables = []
    for sdk, counted in shares_by_sdk(found):
        cells = {(one["race"], one["gateway"]): f"{one['finished']}/{one['runs']}" for one in counted}
        gateways, raced = (list(dict.fromkeys(one[key] for one in counted)) for key in ("gateway", "race"))
        rows = [[race_label(race), *(cells[race, gateway] for gateway in gateways)] for race in raced]
        tables.append(Table(["race", *gateways], rows, sdk, words=1))
    return tables


def survey_terminal(rows: Mapping[str, Sequence[Row]], found: Sequence[Score]) -> RenderableType:
    """Return the table of PR 348 for each SDK, then that of SDKs and gateways."""
    claimed = [pr_table(of_sdk).titled(sdk).records() for sdk, of_sdk in rows.items()]
    legend = [Text(line, "dim") for line in LEGEND]
    return Group(*claimed, survey_table(summaries(found)).titled("each SDK as it is, under each gateway"), *legend)


def survey_markdown(command: str, rows: Mapping[str, Sequence[Row]], found: Sequence[Score]) -> str:
    """Return the page: the table of PR 348 for each SDK, the SDKs under each gateway, and race by race."""
    return render(
        "sdk_survey.md",
        command=command,
        runs=len(found),
        races=len({score.race for score in found}),
        claimed={sdk: pr_table(of_sdk) for sdk, of_sdk in rows.items()},
        legend=LEGEND,
        survey=survey_table(summaries(found)),
        tables=race_tables(found),
    )
