"""The tournament as one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from scenarios.compare.claims import Claim
from scenarios.compare.pair_summary import PairSummary, shares
from scenarios.compare.tournament import Score
from scenarios.compare.warm_up_costs import COLUMNS, Row
from scenarios.judge.anomalies import anomalies
from scenarios.races import names
from scenarios.report.anomaly_tables import share
from scenarios.report.tournament_tables import COSTS, ENDS, LEGEND, costs, ends, name_of, verdict

HEADS = ("client", "gateway", *ENDS, *COSTS)
STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse;margin:1rem 0 2rem;font-size:13px}th,td{border:1px solid #ccc;padding:.25rem .5rem}
td.n{text-align:right;font-variant-numeric:tabular-nums}tr.front{background:#eaf6ea}.wrong{background:#fbe3e3}
.holds{color:#176617}.fails{color:#a11616;font-weight:bold}"""


def made_by(seeds: int, found: Sequence[Score]) -> str:
    """Return how much was played, and the command that plays it again."""
    races = list(dict.fromkeys(score.race for score in found))
    whole = len(races) == len(names())
    chosen = "" if whole else "".join(f" --race {race}" for race in races)
    return (
        f"{len(found)} runs of {len(races)} races in virtual time, on the same seeds for every pair: "
        f"gateway-sim tournament --seeds {seeds}{chosen}"
    )


def tournament_page(
    seeds: int, rows: Sequence[Row], ranked: Sequence[PairSummary], claims: Sequence[Claim], found: Sequence[Score]
) -> str:
    """Return the page: the PR's own table first, then the pair summaries, then each race."""
    titles = [title for title, *_ in COLUMNS]
    parts = [
        f"<!doctype html><meta charset=utf-8><title>gateway-sim tournament</title><style>{STYLE}</style>",
        "<h1>Which fix closes the gateway route race?</h1>",
        f"<p>{escape(made_by(seeds, found))}</p>",
        "<h2>The table of PR 348, measured</h2>",
        "<p>A red cell is a claim that the runs do not bear out, with the reason.</p>",
        _table(["", "PR 348 says of #348", *titles], [_pr_row(row) for row in rows]),
        "<h2>Every client policy against every gateway policy</h2>",
        "".join(f"<p>{escape(line)}</p>" for line in LEGEND),
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
    told = f"{escape(row.claim)}<br><small>{escape(row.why)}</small>"
    claim = f'<td class="wrong">{told}</td>' if row.holds is False else _td(row.claim)
    return f"<tr>{_td(row.question)}{claim}{''.join(_td(cell) for cell in row.cells)}</tr>"


def _standing_row(one: PairSummary) -> str:
    first = "".join(_td(cell) for cell in name_of(one))
    rest = "".join(f'<td class="n">{escape(cell)}</td>' for cell in (*ends(one), *costs(one)))
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


def _anomaly_table(ranked: Sequence[PairSummary]) -> str:
    kinds = list(anomalies())
    rows = [
        f"<tr>{_td(s.client)}{_td(s.gateway)}"
        + "".join(f'<td class="n">{share(s.anomalies.get(kind, 0), s.runs)}</td>' for kind in kinds)
        + "</tr>"
        for s in ranked
    ]
    return _table(["client", "gateway", *kinds], rows)


def _claim(c: Claim) -> str:
    kind = {True: "holds", False: "fails", None: "untried"}[c.holds]
    return f'<li><span class="{kind}">{verdict(c)}</span>: {escape(c.sentence)} ({escape(c.shown)})</li>'


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in heads)
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _td(text: str) -> str:
    return f"<td>{escape(text)}</td>"
