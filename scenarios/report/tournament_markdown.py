"""The tournament as a page for a repository: Markdown, which every browser of code shows as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scenarios.compare.claims import Claim
from scenarios.compare.pair_summary import PairSummary, shares
from scenarios.compare.tournament import Score
from scenarios.compare.warm_up_costs import COLUMNS, Row
from scenarios.judge.anomalies import anomalies
from scenarios.report.anomaly_tables import share
from scenarios.report.tournament_page import HEADS, made_by
from scenarios.report.tournament_tables import LEGEND, costs, ends, name_of, verdict
from scenarios.run.matrix import GATEWAYS


def tournament_markdown(
    seeds: int, rows: Sequence[Row], ranked: Sequence[PairSummary], claims: Sequence[Claim], found: Sequence[Score]
) -> str:
    """Return the page: the PR's own table first, then the claims, the pair summaries, and each race."""
    told, _, command = made_by(seeds, found).rpartition(": ")
    tuned = [(gateway.name, gateway.policy.name, gateway.settings) for gateway in GATEWAYS if gateway.settings]
    lines = [
        "# Which fix closes the gateway route race?",
        "",
        f"{told}. Written by `{command} --markdown docs/tournament.md`.",
        "",
        "## The table of PR 348, measured",
        "",
        *_table(["", "PR 348 says of #348", *(title for title, *_ in COLUMNS)], map(_pr_row, rows)),
        "",
        "## What is claimed of this project's own fixes",
        "",
        *(f"* **{verdict(c)}**: {c.sentence} ({c.shown})" for c in claims),
        "",
        "## Every client policy against every gateway policy",
        "",
        *(f"* {line.replace('*', '`*`')}" for line in LEGEND),
        *(f"* `{shown}` is `{name}` with {' '.join(f'`--set {k}={v}`' for k, v in words.items())}"
          for shown, name, words in tuned),
        "",
        *_table(HEADS, [(*name_of(s), *ends(s), *costs(s)) for s in ranked]),
        "",
        "## Runs that finished, race by race",
        "",
        *_races(found),
        "## Route anomalies",
        "",
        "The share of all runs that showed each at least once, whether they finished or not.",
        "",
        *_table(
            ["client", "gateway", *anomalies()],
            [(s.client, s.gateway, *(share(s.anomalies.get(a, 0), s.runs) for a in anomalies())) for s in ranked],
        ),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _pr_row(row: Row) -> tuple[str, ...]:
    claim = f"**wrong:** ~~{row.claim}~~; {row.why}" if row.holds is False else row.claim
    return (row.question, claim, *row.cells)


def _races(found: Sequence[Score]) -> Iterator[str]:
    """Yield a table for each gateway: a line a race, a column a client."""
    counted = shares(found)
    clients = list(dict.fromkeys(one["client"] for one in counted))
    races = list(dict.fromkeys(one["race"] for one in counted))
    cells = {(c["gateway"], c["race"], c["client"]): f"{c['finished']}/{c['runs']}" for c in counted}
    for gateway in dict.fromkeys(one["gateway"] for one in counted):
        yield from (f"### {gateway}", "")
        yield from _table(
            ["race", *clients], [(r, *(cells.get((gateway, r, c), "-") for c in clients)) for r in races]
        )  # fmt: skip
        yield ""


def _table(heads: Sequence[str], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell.strip().replace('|', '/') for cell in row)} |"
