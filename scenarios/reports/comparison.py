"""The PR's own comparison table, every cell measured by the runs at hand. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from scenarios.events import JobGone
from scenarios.reports.measure import ended_s
from scenarios.runner import RunResult

Column = tuple[str, str, str, bool]

COLUMNS: tuple[Column, ...] = (
    ("SDK alone", "plain", "not-found", False),
    ("#344", "blanket-404", "not-found", False),
    ("#348", "warmup-verified", "not-found", False),
    ("SDK alone, gateway 503 as in the PR", "plain", "route-not-ready", False),
    ("SDK alone, gateway 503 + Retry-After, polls held", "plain", "route-not-ready", True),
)
"""(title, client, gateway, gateway with settings): whose measured cells stand in the table."""


@dataclass(frozen=True)
class Row:
    """One question of the PR's table: what the PR claims for #348, and what was measured in each column."""

    question: str
    claim: str
    cells: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        titles = [title for title, *_ in COLUMNS]
        return {"question": self.question, "claim": self.claim, "measured": dict(zip(titles, self.cells, strict=True))}


def comparison(results: Iterable[RunResult]) -> list[Row]:
    """Return the rows of the PR's table, from runs with per-connection balancing and the lowest seed."""
    runs = list(results)
    questions: Sequence[tuple[str, str, str, Callable[[RunResult, RunResult | None], str]]] = (
        ("404 on the first calls after RUNNING", "prevented at connect time", "fresh-route", _ending),
        ("404 because the job was deleted", "fail-fast (immediate)", "job-deleted", _until_told),
        ("404 on a dispatch in mid-training", "retried (~30 s budget)", "mid-training-flap", _ending),
        ("404 on a poll in mid-training (the incident)", "retried (~30 s budget)", "incident-344", _ending),
        ("cost of the happy path", "one-off ~3 s", "healthy", _cost),
    )
    rows = []
    for question, claim, race, measure in questions:
        found = [_find(runs, race, column) for column in COLUMNS]
        rows.append(Row(question, claim, tuple(measure(run, found[0]) if run else "not run" for run in found)))
    return rows


def _find(runs: list[RunResult], race: str, column: Column) -> RunResult | None:
    _, client, gateway, tuned = column
    wanted = (race, client, gateway, "per-connection", tuned)
    fitting = [r for r in runs if (r.race, r.client, r.gateway, r.balance, bool(r.settings)) == wanted]
    return min(fitting, key=lambda run: run.seed, default=None)


def _ending(run: RunResult, _plain: RunResult | None) -> str:
    if run.outcome == "completed":
        spun = next((v for v in run.violations if v.promise == "nobody spins"), None)
        return f"finishes, at {run.metrics.peak_requests_per_s} requests/s" if spun else "finishes"
    if run.error is None:
        return run.outcome
    leg = f" on {run.error.leg}" if run.error.leg else ""
    return f"{run.outcome}: {run.error.type}{leg}"


def _until_told(run: RunResult, _plain: RunResult | None) -> str:
    gone = next(run.trace.of(JobGone), None)
    return f"told after {ended_s(run.trace) - gone.at_s:.1f} s" if gone and run.error else run.outcome


def _cost(run: RunResult, plain: RunResult | None) -> str:
    if plain is None:
        return "not run"
    return f"+{run.metrics.finished_s - plain.metrics.finished_s:.1f} s"
