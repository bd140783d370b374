"""The PR's own comparison table, with every cell measured by runs. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gateway_sim.scenarios.judge.limits import WARM_UP_S
from gateway_sim.scenarios.judge.measure import gone
from gateway_sim.scenarios.run.matrix import PROPOSED
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.spec import RunSpec

Column = tuple[str, str, str, bool]

COLUMNS: tuple[Column, ...] = (
    ("SDK alone", "plain", "not-found", False),
    ("#344", "blanket-404", "not-found", False),
    ("#348", "warmup-verified", "not-found", False),
    ("SDK alone, gateway 503 as in the PR", "plain", "route-not-ready", False),
    ("same, with Retry-After and held polls", "plain", "route-not-ready", True),
)
"""(title, client, gateway, gateway with settings) of each column of measured cells."""
CLAIMED = 2
"""The column of the PR's claims."""


@dataclass(frozen=True)
class Row:
    """One question of the PR's table: what the PR claims for #348, whether it holds, and each column's measurement.

    `holds` is None where #348 was not among the runs. `why` explains a claim that does not hold; else it is empty.
    """

    question: str
    claim: str
    holds: bool | None
    cells: tuple[str, ...]
    why: str = ""

    def document(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        titles = [title for title, *_ in COLUMNS]
        measured = dict(zip(titles, self.cells, strict=True))
        return {
            "question": self.question, "claim": self.claim, "holds": self.holds, "why": self.why, "measured": measured,
        }  # fmt: skip


def comparison(results: Iterable[RaceResult]) -> list[Row]:
    """Return the rows of the PR's table, from runs with per-connection balancing and the lowest seed."""
    runs = list(results)
    rows = []
    for question in QUESTIONS:
        found = [_find(runs, question.race, column) for column in COLUMNS]
        plain, claimed = found[0], found[CLAIMED]
        cells = tuple(question.measure(run, plain) if run else "not run" for run in found)
        holds = question.holds(claimed, plain) if claimed else None
        rows.append(Row(question.asks, question.claim, holds, cells, question.why if holds is False else ""))
    return rows


def _find(runs: list[RaceResult], race: str, column: Column) -> RaceResult | None:
    _, client, gateway, tuned = column
    wanted = (race, client, gateway, "per-connection", tuned)
    fitting = [r for r in runs if (r.race, r.client, r.gateway, r.balance, bool(r.settings)) == wanted]
    return min(fitting, key=lambda run: run.seed, default=None)


def _ending(run: RaceResult, _plain: RaceResult | None) -> str:
    if run.outcome == "completed":
        spun = next((v for v in run.violations if v.promise == "no busy polling"), None)
        return f"finishes, at {run.metrics.peak_requests_per_s} requests/s" if spun else "finishes"
    if run.error is None:
        return run.outcome
    leg = f" on {run.error.leg}" if run.error.leg else ""
    return f"{run.outcome}: {run.error.type}{leg}"


def _until_error(run: RaceResult, _plain: RaceResult | None) -> str:
    met = gone(run.trace)
    if met is None or met.ended is None or run.error is None:
        return run.outcome
    return f"told after {met.ended.at_s - met.deleted.at_s:.1f} s"


def _cost(run: RaceResult, plain: RaceResult | None) -> str:
    if plain is None:
        return "not run"
    return f"+{run.metrics.finished_s - plain.metrics.finished_s:.1f} s"


def _completed(run: RaceResult, _plain: RaceResult | None) -> bool:
    return run.outcome == "completed"


def _at_once(run: RaceResult, _plain: RaceResult | None) -> bool:
    return run.outcome == "failed_fast"


def _cheap(run: RaceResult, plain: RaceResult | None) -> bool:
    return plain is not None and run.metrics.finished_s - plain.metrics.finished_s <= WARM_UP_S


@dataclass(frozen=True)
class _Question:
    """A question of the PR's table, its claim for #348, the race that answers it, its readings, and why it fails."""

    asks: str
    claim: str
    race: str
    measure: Callable[[RaceResult, RaceResult | None], str]
    holds: Callable[[RaceResult, RaceResult | None], bool]
    why: str


QUESTIONS = (
    _Question(
        "404 on the first calls after RUNNING", "prevented at connect", "fresh-route", _ending, _completed,
        "the session and the model are created before the warm-up begins, and a 404 on either is final "
        "(docs/reference/protocol.md §5)",
    ),
    _Question(
        "404 because the job was deleted", "fail-fast (immediate)", "job-deleted", _until_error, _at_once,
        "the 404 was retried although the control plane knew that the job was gone",
    ),
    _Question(
        "404 on a dispatch in mid-training", "retried", "mid-training-flap", _ending, _completed,
        "the route stayed away for longer than all retries together",
    ),
    _Question(
        "404 on a poll in mid-training (the incident)", "retried", "incident-344", _ending, _completed,
        "the SDK shows a 404 on a poll as a ValueError, and the fix catches NotFoundError alone "
        "(docs/reference/findings.md §0 F1)",
    ),
    _Question(
        "cost of the happy path", "one-off ~3 s", "healthy", _cost, _cheap,
        "the warm-up's probes took longer than the seconds between them",
    ),
)  # fmt: skip
"""The rows of the PR's table."""


def measuring() -> list[RunSpec]:
    """Return the runs that fill every cell of the table."""
    return [
        RunSpec(question.race, client, gateway, settings=PROPOSED.settings if with_settings else {})
        for question in QUESTIONS
        for _, client, gateway, with_settings in COLUMNS
    ]
