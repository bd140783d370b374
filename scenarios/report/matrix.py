"""The matrix of a verification: a row for each race, a column for each pair, in each cell the runs behind it. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway_sim.scenarios.compare.recommendation import in_tables
from gateway_sim.scenarios.judge.verdict import Verdict
from gateway_sim.scenarios.races import incidents
from gateway_sim.scenarios.report.table import Tone
from gateway_sim.scenarios.report.tables import MARKS, TONES, least
from gateway_sim.scenarios.run.result import RaceResult, RunResult

MOST_RUNS = 3
"""The runs that a cell shows, the least expected first."""
SAYS: dict[Verdict, str] = {
    "kept": "every promise kept",
    "broken": "a promise broken",
    "not_exercised": "not exercised",
}


@dataclass(frozen=True)
class Opened:
    """The runs of a cell: what its button shows and says, and the runs that it opens, the least expected first.

    `drawn` is the anchor of a timeline of them on the same page, empty if there is none; `more` runs are left out.
    """

    anchor: str
    title: str
    mark: str
    tone: Tone
    says: str
    runs: Sequence[RunResult]
    more: int
    drawn: str = ""

    @property
    def expected(self) -> bool:
        """Whether every run of the cell went as expected."""
        return self.runs[0].as_expected


@dataclass(frozen=True)
class Matrix:
    """Races by pairs: `gateways` head the columns, the same `clients` below each; a cell is None if nothing ran."""

    gateways: Sequence[str]
    clients: Sequence[str]
    rows: Sequence[tuple[str, str, Sequence[Opened | None]]]

    @property
    def cells(self) -> Iterator[Opened]:
        """Every cell with runs, row by row."""
        for _, _, cells in self.rows:
            yield from (cell for cell in cells if cell is not None)


def matrix(runs: Sequence[RaceResult], drawn: Sequence[str] = ()) -> Matrix:
    """Return the matrix of these runs; of the gateways `drawn`, the page has timelines with today's client."""
    gateways, clients, races = (
        list(dict.fromkeys(words)) for words in zip(*((in_tables(r), r.client, r.race) for r in runs), strict=True)
    )
    found: dict[tuple[str, str, str], list[RunResult]] = {}
    for run in runs:
        found.setdefault((run.race, in_tables(run), run.client), []).append(run)
    rows = []
    for race in races:
        pairs = [(gateway, client) for gateway in gateways for client in clients]
        cells = [
            opened(found[race, gateway, client], f"{race}: {client} behind {gateway}",
                   race if client == "plain" and gateway in drawn else "")
            if (race, gateway, client) in found else None
            for gateway, client in pairs
        ]  # fmt: skip
        rows.append((race, incidents.load(race).summary, cells))
    return Matrix(gateways, clients, rows)


def opened(runs: Sequence[RunResult], title: str, drawn: str = "") -> Opened:
    """Return the cell of these runs of one pair, or of one variant of a story."""
    worst = least(runs)
    ordered = [worst, *(run for run in runs if run is not worst)]
    says = f"{title}: {worst.outcome.replace('_', ' ')}, {SAYS[worst.verdict]}"
    return Opened(
        anchor=anchor(worst),
        title=title,
        mark=MARKS[worst.verdict] + ("" if worst.as_expected else "!"),
        tone=TONES[worst.verdict],
        says=says + ("" if worst.as_expected else f", expected {worst.expected}"),
        runs=ordered[:MOST_RUNS],
        more=len(ordered[MOST_RUNS:]),
        drawn=drawn,
    )


def anchor(run: RunResult) -> str:
    """Return a run's address within a page, made from the command that plays it again."""
    return "run-" + re.sub(r"[^a-z0-9.]+", "-", run.replay.removeprefix("gateway-sim run ").lower())
