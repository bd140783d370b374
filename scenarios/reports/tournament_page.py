"""The tournament for people: tables in a terminal, and one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scenarios.anomalies import anomalies
from scenarios.claims import Claim
from scenarios.reports.anomaly_tables import anomaly_table, share
from scenarios.reports.comparison import CLAIMED, COLUMNS, Row
from scenarios.tournament import Score, Standing, shares

HEADS = (
    "client", "gateway", "finished", "95 %", "first step", "told of a deletion", "wasted/run", "peak/s", "probes/run",
    "strong reads/run", "applied twice", "front",
)  # fmt: skip
STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse;margin:1rem 0 2rem;font-size:13px}th,td{border:1px solid #ccc;padding:.25rem .5rem}
td.n{text-align:right;font-variant-numeric:tabular-nums}tr.front{background:#eaf6ea}.wrong{background:#fbe3e3}
.holds{color:#176617}.fails{color:#a11616;font-weight:bold}"""


def wrong(row: Row) -> str:
    """Return why the PR's cell about its own fix does not hold, or nothing where it does; from what was measured."""
    return f"measured: {row.cells[CLAIMED]}" if row.holds is False else ""


def cells(s: Standing) -> tuple[str, ...]:
    """Return a standing's line."""
    return (
        s.client,
        s.gateway,
        f"{s.finished}/{s.alive}",
        f"{s.low:.1%} to {s.high:.1%}",
        "-" if s.first_step_s is None else f"{s.first_step_s:.2f} s",
        "-" if s.told_s is None else f"{s.told_s:.1f} s",
        f"{s.wasted:.1f}",
        str(s.peak),
        f"{s.probes:.1f}",
        f"{s.strong_reads:.1f}",
        str(s.twice),
        "yes" if s.front else "",
    )


def tournament_table(ranked: Sequence[Standing], claims: Sequence[Claim]) -> RenderableType:
    """Return the standings and the claims for a terminal."""
    table = Table(*HEADS, title="all policies on the same seeds", title_justify="left")
    for one in ranked:
        table.add_row(*cells(one), style="green" if one.front else "")
    said = [Text(f"{'holds' if c.holds else 'FAILS'}: {c.sentence} ({c.shown})") for c in claims]
    seen = anomaly_table((s.client, s.gateway, s.runs, s.anomalies) for s in ranked)
    return Group(table, seen, *said)


def tournament_page(
    seeds: int, rows: Sequence[Row], ranked: Sequence[Standing], claims: Sequence[Claim], found: Sequence[Score]
) -> str:
    """Return the page: the PR's own table first, then the standings, then each race."""
    titles = [title for title, *_ in COLUMNS]
    parts = [
        f"<!doctype html><meta charset=utf-8><title>gateway-sim tournament</title><style>{STYLE}</style>",
        "<h1>Which fix closes the gateway route race?</h1>",
        f"<p>{len(found)} runs in virtual time, {seeds} seeds, the same for every pair: "
        f"<code>gateway-sim tournament --seeds {seeds}</code>.</p>",
        "<h2>The table of PR 348, measured</h2>",
        "<p>A red cell is a claim that the runs do not bear out.</p>",
        _table(["", "PR 348 says of #348", *titles], [_pr_row(row) for row in rows]),
        "<h2>Every client policy against every gateway policy</h2>",
        "<p>Finished counts the runs whose job lived. A green line is on the Pareto front: no other pair is at least "
        "as good in every column and better in one. Intervals are Wilson's, at 95 %.</p>",
        _table(HEADS, [_standing_row(one) for one in ranked]),
        "<ul>" + "".join(_claim(c) for c in claims) + "</ul>",
        "<h2>Route anomalies</h2>",
        "<p>The share of all runs that showed each at least once, whether they finished or not.</p>",
        _anomaly_table(ranked),
        "<h2>Runs that finished, race by race</h2>",
        _race_table(found),
    ]
    return "\n".join(parts) + "\n"


def _pr_row(row: Row) -> str:
    why = wrong(row)
    claim = f'<td class="wrong">{escape(row.claim)}<br><small>{escape(why)}</small></td>' if why else _td(row.claim)
    return f"<tr>{_td(row.question)}{claim}{''.join(_td(cell) for cell in row.cells)}</tr>"


def _standing_row(one: Standing) -> str:
    first = "".join(_td(cell) for cell in cells(one)[:2])
    rest = "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells(one)[2:])
    return f"<tr{' class=front' if one.front else ''}>{first}{rest}</tr>"


def _race_table(found: Sequence[Score]) -> str:
    counted = shares(found)
    pairs = list(dict.fromkeys((c["gateway"], c["client"]) for c in counted))
    by_race: dict[str, dict[tuple[str, str], str]] = {}
    for c in counted:
        by_race.setdefault(c["race"], {})[c["gateway"], c["client"]] = f"{c['finished']}/{c['runs']}"
    rows = [
        f"<tr>{_td(gateway)}{_td(client)}"
        + "".join(f'<td class="n">{escape(of.get((gateway, client), ""))}</td>' for of in by_race.values())
        + "</tr>"
        for gateway, client in pairs
    ]
    return _table(["gateway", "client", *by_race], rows)


def _anomaly_table(ranked: Sequence[Standing]) -> str:
    names = list(anomalies())
    rows = [
        f"<tr>{_td(s.client)}{_td(s.gateway)}"
        + "".join(f'<td class="n">{share(s.anomalies.get(name, 0), s.runs)}</td>' for name in names)
        + "</tr>"
        for s in ranked
    ]
    return _table(["client", "gateway", *names], rows)


def _claim(c: Claim) -> str:
    kind, word = ("holds", "holds") if c.holds else ("fails", "fails")
    return f'<li><span class="{kind}">{word}</span>: {escape(c.sentence)} ({escape(c.shown)})</li>'


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in heads)
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _td(text: str) -> str:
    return f"<td>{escape(text)}</td>"
