"""The tables that people read in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from scenarios.compare.warm_up_costs import COLUMNS, Row
from scenarios.judge.anomalies import sightings
from scenarios.report.anomaly_tables import anomaly_lines, anomaly_totals
from scenarios.run.result import RaceResult, RunResult

STYLES = {"kept": "green", "broken": "red", "not_exercised": "yellow"}
MARKS = {"kept": "✓", "broken": "✗", "not_exercised": "?"}


def run_card(run: RunResult) -> RenderableType:
    """Return one run: verdict, reasons, figures, and the line that replays it."""
    expected = f", expected {run.expected}" if run.expected else ""
    lines = [
        Text.assemble((run.verdict.replace("_", " "), f"bold {STYLES[run.verdict]}"), f"{expected}: {run.outcome}")
    ]
    if run.error:
        leg = f" on the {run.error.leg} leg" if run.error.leg else ""
        lines.append(Text(f"the user's script died of {run.error.type}{leg}: {run.error.message}"))
    if run.remark:
        lines.append(Text(run.remark))
    lines += [Text(f"  at {v.at_s:9.3f} s  {v.promise}: {v.message}") for v in run.violations[:12]]
    if len(run.violations) > 12:
        lines.append(Text(f"  ... and {len(run.violations) - 12} more"))
    lines += anomaly_lines(sightings(run.trace))
    figures = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, value in run.figures().items():
        figures.add_row(name, "-" if value is None else value if isinstance(value, str) else f"{value:g}")
    figures.add_row("digest", run.digest or "- (a live run is not repeatable to the microsecond)")
    return Group(*lines, figures, Text(run.replay, style="dim", overflow="ignore", no_wrap=True))


def seeds_table(runs: Sequence[RunResult]) -> RenderableType:
    """Return a line a seed, and the shares."""
    table = Table("seed", "verdict", "outcome", "error", "ended at", box=None)
    for run in runs:
        error = f"{run.error.type} on {run.error.leg}" if run.error else ""
        style = STYLES[run.verdict]
        table.add_row(
            str(run.seed), f"[{style}]{run.verdict}[/]", run.outcome, escape(error), f"{run.metrics.finished_s:.2f} s"
        )
    finished = sum(run.outcome == "completed" for run in runs)
    kept = sum(run.verdict == "kept" for run in runs)
    shares = Text(f"{finished} of {len(runs)} finished, {kept} of {len(runs)} kept every promise")
    return Group(table, shares, *anomaly_totals((run.seed, sightings(run.trace)) for run in runs))


def verify_table(runs: Sequence[RaceResult]) -> RenderableType:
    """Return the races under every pair: a row for a gateway, a column for a client; balancers apart where they differ.

    Each cell says whether every promise was kept and how the run ended, of the seed that was least expected.
    """
    clients = list(dict.fromkeys(run.client for run in runs))
    table = Table("race, and gateway", *clients, box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for race, of_race in groupby(runs, key=lambda run: run.race):
        table.add_row(Text(race, "bold"), *("" for _ in clients))
        for gateway, of_gateway in groupby(of_race, key=gateway_label):
            for label, row in _rows(gateway, list(of_gateway), clients):
                table.add_row(f"  {label}", *row)
    tuned = {gateway_label(run): run.settings for run in runs if run.settings}
    legend = [Text("✓ every promise kept  ✗ a promise broken  ? not exercised  ! not as expected", "dim")]
    legend += [
        Text(f"{label} is {label.rstrip('+')} {' '.join(f'--set {k}={v}' for k, v in settings.items())}", "dim")
        for label, settings in tuned.items()
    ]
    return Group(Text("every race under every pair", "bold"), table, *legend, Text())


def gateway_label(run: RaceResult) -> str:
    """Name a gateway's policy, with a plus where it was given settings."""
    return f"{run.gateway}+" if run.settings else run.gateway


def comparison_table(rows: Iterable[Row]) -> RenderableType:
    """Return the PR's own table, a question at a time: what the PR says of its fix, then what was measured."""
    lines = [Text("the PR's own table, measured by this run (per-connection balancing)", "bold")]
    for row in rows:
        lines.append(Text(row.question, "bold"))
        claim = Text(f"  {'PR 348 says of #348':<40}{row.claim}")
        if row.holds is not None:
            claim.append(": holds" if row.holds else ": DOES NOT HOLD", "green" if row.holds else "bold red")
        lines.append(claim)
        if row.why:
            lines.append(Text(f"  why: {row.why}", "red"))
        lines += [Text(f"  {title:<40}{cell}") for (title, *_), cell in zip(COLUMNS, row.cells, strict=True)]
    return Group(*lines, Text())


def unexpected_list(runs: Sequence[RunResult], unexpected: Sequence[RunResult]) -> RenderableType:
    """Return the closing lines: what went otherwise than expected, with the lines that replay it."""
    wall_s = sum(run.metrics.wall_s for run in runs)
    broke = sum(run.verdict == "broken" for run in runs)
    head = f"{len(runs)} runs in {wall_s:.1f} s; {broke} broke a promise; {len(unexpected)} otherwise than expected"
    lines: list[RenderableType] = [Text(head, style="bold red" if unexpected else "bold green")]
    for run in unexpected:
        reason = run.violations[0].message if run.violations else "every promise was kept"
        lines.append(Text(f"  {run.race}: {run.verdict}, expected {run.expected}: {reason}"))
        lines.append(Text(f"    {run.replay}", style="dim", overflow="ignore", no_wrap=True))
    return Group(*lines)


def _rows(gateway: str, runs: Sequence[RaceResult], clients: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return one row where all balancers agree, and one for each balancer where they do not."""
    by_balance = {
        balance: [_cell([r for r in runs if (r.client, r.balance) == (client, balance)]) for client in clients]
        for balance in dict.fromkeys(run.balance for run in runs)
    }
    if len(set(map(tuple, by_balance.values()))) == 1:
        return [(gateway, next(iter(by_balance.values())))]
    split = [(f"  {balance}", row) for balance, row in by_balance.items()]
    return [(gateway, [""] * len(clients)), *split]


def _cell(runs: Sequence[RaceResult]) -> str:
    """Summarise the seeds of one pair: the least expected verdict and its outcome, marked where it was not expected."""
    if not runs:
        return "-"
    worst = next((r for r in runs if not r.as_expected), runs[0])
    mark = "" if worst.as_expected else " [bold]![/]"
    return f"[{STYLES[worst.verdict]}]{MARKS[worst.verdict]} {worst.outcome.replace('_', ' ')}[/]{mark}"
