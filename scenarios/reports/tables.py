"""The tables that people read in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from scenarios.reports.comparison import COLUMNS, Row
from scenarios.runner import RunResult

STYLES = {"kept": "green", "broken": "red", "not_exercised": "yellow"}


def run_card(run: RunResult) -> RenderableType:
    """Return one run: verdict, reasons, figures, and the line that replays it."""
    expected = f", expected {run.expected}" if run.expected else ""
    lines = [
        Text.assemble((run.verdict.replace("_", " "), f"bold {STYLES[run.verdict]}"), f"{expected}: {run.outcome}")
    ]
    if run.error:
        leg = f" on the {run.error.leg} leg" if run.error.leg else ""
        lines.append(Text(f"the user's script died of {run.error.type}{leg}: {run.error.message}"))
    lines += [Text(f"  at {v.at_s:9.3f} s  {v.promise}: {v.message}") for v in run.violations[:12]]
    if len(run.violations) > 12:
        lines.append(Text(f"  ... and {len(run.violations) - 12} more"))
    figures = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, value in run.document()["metrics"].items():
        figures.add_row(name, "-" if value is None else f"{value:g}")
    figures.add_row("digest", run.digest)
    return Group(*lines, figures, Text(run.replay, style="dim", overflow="fold", no_wrap=False))


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
    return Group(table, Text(f"{finished} of {len(runs)} finished, {kept} of {len(runs)} kept every promise"))


def verify_table(runs: Sequence[RunResult]) -> RenderableType:
    """Return the races under every pair: a row for a gateway and a balancer, a column for a client."""
    clients = list(dict.fromkeys(run.client for run in runs))
    table = Table("race", "gateway", "balance", *clients, title="every race under every pair", title_justify="left")
    by_race = groupby(runs, key=lambda run: run.race)
    for race, of_race in by_race:
        first = True
        for (gateway, balance), of_row in groupby(of_race, key=lambda run: (_gateway(run), run.balance)):
            row = list(of_row)
            cells = [_cell([run for run in row if run.client == client]) for client in clients]
            table.add_row(race if first else "", gateway, balance, *cells)
            first = False
        table.add_section()
    return table


def comparison_table(rows: Iterable[Row]) -> RenderableType:
    """Return the PR's own table with what was measured."""
    titles = [title for title, *_ in COLUMNS]
    table = Table(
        "", "PR 348 says of #348", *titles, title="the PR's table, measured by this run", title_justify="left"
    )
    for row in rows:
        table.add_row(row.question, row.claim, *row.cells)
    return table


def unexpected_list(runs: Sequence[RunResult], unexpected: Sequence[RunResult]) -> RenderableType:
    """Return the closing lines: what went otherwise than expected, with the lines that replay it."""
    wall_s = sum(run.metrics.wall_s for run in runs)
    broke = sum(run.verdict == "broken" for run in runs)
    head = f"{len(runs)} runs in {wall_s:.1f} s; {broke} broke a promise; {len(unexpected)} otherwise than expected"
    lines: list[RenderableType] = [Text(head, style="bold red" if unexpected else "bold green")]
    for run in unexpected:
        reason = run.violations[0].message if run.violations else "every promise was kept"
        lines.append(Text(f"  {run.verdict}, expected {run.expected}: {reason}\n    {run.replay}"))
    return Group(*lines)


def _gateway(run: RunResult) -> str:
    return f"{run.gateway} + {', '.join(f'{k}={v}' for k, v in run.settings.items())}" if run.settings else run.gateway


def _cell(runs: Sequence[RunResult]) -> str:
    """Summarise the seeds of one pair: the verdict, why, and a mark where it was not expected."""
    worst = next((r for r in runs if not r.as_expected), runs[0])
    mark = "" if worst.as_expected else " [bold]![/]"
    style = STYLES[worst.verdict]
    why = worst.outcome.replace("_", " ")
    if worst.error and worst.outcome != "completed":
        why += f", {worst.error.type}" + (f" on {worst.error.leg}" if worst.error.leg else "")
    elif worst.verdict == "broken" and worst.violations:
        why += f", {worst.violations[0].promise} broken"
    return f"[{style}]{worst.verdict.replace('_', ' ')}[/]{mark} [dim]{escape(why)}[/]"
