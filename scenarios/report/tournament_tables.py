"""The tournament in a terminal: who finishes, at what price, and what was claimed; each table fits 100 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scenarios.compare.claims import Claim
from scenarios.compare.pair_summary import PairSummary
from scenarios.report.anomaly_tables import anomaly_table

ENDS = ("finished", "95 %", "all kept", "first step", "told", "twice")
COSTS = ("wasted", "peak/s", "probes", "strong reads")
LEGEND = (
    "finished, of the runs whose job lived, with Wilson's interval",
    "all kept: so many of them met what their race is about, and kept every promise",
    "first step: the median; told: the longest from a deletion to the error; twice: steps applied twice",
    "a run's mean: refused requests, probes of the control plane, strong reads; peak/s: for any one future",
    "* is on the Pareto front: no other pair is as good in every column and better in one",
)


def name_of(s: PairSummary) -> tuple[str, str]:
    """Return a pair's names, with a star where it is on the front."""
    return f"{'*' if s.front else ' '} {s.client}", s.gateway


def ends(s: PairSummary) -> tuple[str, ...]:
    """Return how a pair's runs ended, a word for each of `ENDS`."""
    return (
        f"{s.finished}/{s.alive}",
        f"{s.low:.1%}-{s.high:.1%}" if s.alive else "-",
        str(s.kept),
        "-" if s.first_step_s is None else f"{s.first_step_s:.2f} s",
        "-" if s.told_s is None else f"{s.told_s:.1f} s",
        str(s.twice),
    )


def costs(s: PairSummary) -> tuple[str, ...]:
    """Return what a pair cost, a word for each of `COSTS`."""
    return f"{s.wasted:.1f}", str(s.peak), f"{s.probes:.1f}", f"{s.strong_reads:.1f}"


def verdict(claim: Claim) -> str:
    """Return in a word what became of a claim."""
    return "not tried" if claim.holds is None else "holds" if claim.holds else "FAILS"


def tournament_table(ranked: Sequence[PairSummary], claims: Sequence[Claim]) -> RenderableType:
    """Return the pair summaries and the claims."""
    styles = {"holds": "green", "FAILS": "bold red", "not tried": "yellow"}
    told = [Text.assemble((verdict(c), styles[verdict(c)]), f": {c.sentence} ({c.shown})") for c in claims]
    ended, paid = _table("all policies on the same seeds", ENDS), _table("what they cost", COSTS)
    for one in ranked:
        style = "green" if one.front else ""
        ended.add_row(*name_of(one), *ends(one), style=style)
        paid.add_row(*name_of(one), *costs(one), style=style)
    seen = anomaly_table((s.client, s.gateway, s.runs, s.anomalies) for s in ranked)
    legend = [Text(line, "dim") for line in LEGEND]
    return Group(ended, Text(), paid, *legend, Text(), seen, Text(), *told)


def _table(title: str, heads: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("  client", no_wrap=True)
    table.add_column("gateway", no_wrap=True)
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    return table
