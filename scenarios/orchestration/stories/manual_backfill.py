"""A loop in a terminal backfills a month, the terminal closes, and some days are done twice and some never.

An orchestrator without backfills leaves the days to a script. What it has done is known to its terminal alone, while
the runs that it submitted go on. A file of the days that ended misses those that were under way; a file of the days
that were submitted contains those whose run died. A backfill object has an item for each day, which a run claims, and
reports by itself. A run that dies between its rows and its report is repeated, so it has to replace the day's rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gateway_sim.control_plane.data.backfills import Backfill
from gateway_sim.control_plane.events import DatasetWritten
from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.ports import lock as locks
from gateway_sim.scenarios.orchestration.promises.no_day_is_computed_by_two_runs_at_once import (
    no_day_is_computed_by_two_runs_at_once,
)
from gateway_sim.scenarios.orchestration.promises.no_more_runs_compute_than_a_limit_allows import (
    no_more_runs_compute_than_a_limit_allows,
    too_many_s,
)
from gateway_sim.scenarios.orchestration.promises.no_partition_is_lost import no_partition_is_lost
from gateway_sim.scenarios.orchestration.promises.no_row_is_counted_twice import no_row_is_counted_twice
from gateway_sim.scenarios.orchestration.workloads.daily_backfill import DayRuns, Loop, Scheduler
from gateway_sim.scenarios.orchestration.workloads.events import HolderBegan, HolderDied
from gateway_sim.scenarios.orchestration.workloads.model_events import BackfillEnded, TableCounted
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import LauncherEnded
from gateway_sim.scenarios.orchestration.workloads.sandbox import (
    Sandbox,
    SandboxSettings,
    above_zero,
    at_least,
    cancelled,
    one_of,
)
from gateway_sim.scenarios.sim.trace import Trace

if TYPE_CHECKING:
    from gateway_sim.control_plane.data.datasets import Dataset

TABLE, BACKFILL = "features", "backfill"
NOTES: Mapping[str, Literal["ended", "submitted"]] = {"claims": "ended", "reports": "submitted"}
"""What the file of a loop without the claims, or without the reports, lists."""


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A backfill of `days` days, each a run of `run_s` seconds that writes `rows` rows; at most `limit` run at once.

    What launches the runs ends at a drawn moment in the middle, and begins again `back_s` later. The run of a drawn day
    dies before it writes, and that of another one after it wrote and before it reported. A claim, and a place of the
    limit, lasts `lease_s` and is renewed every `renews_s`; the scheduler looks every `asks_every_s`. The story ends at
    `watch_s` at the latest. The half-fixed backfill `omits` the "claims" (a loop with a file of the days that ended),
    the "reports" (a loop with a file of the days that were submitted), or the "replacement" of a day's rows (a backfill
    object whose runs append).
    """

    days: int = at_least(8, 20)
    rows: int = at_least(1, 24)
    limit: int = at_least(1, 4)
    run_s: float = above_zero(1800.0)
    back_s: float = 600.0
    lease_s: float = above_zero(1200.0)
    renews_s: float = above_zero(600.0)
    asks_every_s: float = above_zero(300.0)
    watch_s: float = above_zero(2 * 86_400.0)
    omits: str = one_of("claims", "reports", "replacement")

    def __post_init__(self) -> None:
        """Refuse a lease that ends before its first renewal, and a backfill of which all days run at once."""
        super().__post_init__()
        self.require("lease_s", self.renews_s + 1, "renews_s + 1")
        self.require("days", 2 * self.limit, "2 * limit")

    @property
    def has_object(self) -> bool:
        """Whether the backfill is an object, and not a loop."""
        return self.variant != "broken" and self.omitted not in ("claims", "reports")

    @property
    def replaces(self) -> bool:
        """Whether a run replaces the rows of its day; the others append."""
        return self.variant == "fixed"


origin = "Training Orchestration Failure Modes in Production; docs/reference/stories.md §3 b"
settings = Settings()
needs = ("deltalake", "pyarrow")
parts = ("lock",)
does = {
    "broken": "A loop in a terminal launches the runs; the one that begins again knows nothing of the first.",
    "half-fixed, claims": "The loop has a file of the days that ended; those under way are launched again.",
    "half-fixed, reports": "The loop has a file of the days that were submitted; the day of a dead run is not done.",
    "half-fixed, replacement": "A run claims its day and reports it; a repeated run adds its rows again.",
    "fixed": "A run claims its day, replaces its rows and reports it; a day without a report is launched again.",
}
promises = [
    no_row_is_counted_twice,
    no_partition_is_lost,
    no_day_is_computed_by_two_runs_at_once,
    no_more_runs_compute_than_a_limit_allows,
]
must_reach = [DatasetWritten, LauncherEnded, HolderDied, TableCounted]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Launch the runs, end what launches them, begin it again, and count the rows of each day."""
    s, chance = sandbox.settings, sandbox.seeds.stream("backfill")
    days = [f"day-{n + 1:02d}" for n in range(s.days)]
    table = _table(sandbox)
    early, late = chance.sample(days, 2)
    runs = DayRuns(
        sandbox,
        BACKFILL,
        s.limit,
        s.run_s,
        s.renews_s,
        write=lambda day: _write(s, table, day),
        fates={early: "before", late: "after"},
    )
    launcher = _launcher(sandbox, runs, days)
    first = asyncio.create_task(launcher.launch())
    await sandbox.until_s(chance.uniform(0.3, 0.6) * s.run_s * s.days / s.limit)
    await cancelled(first)
    sandbox.emit(LauncherEnded(BACKFILL, len(runs.running)))
    await asyncio.sleep(s.back_s)
    second = asyncio.create_task(launcher.launch())
    await asyncio.wait({second}, timeout=max(s.watch_s - sandbox.now_s, 0.0))
    await cancelled(second)
    await asyncio.gather(*runs.running)
    sandbox.emit(BackfillEnded(BACKFILL))
    _count(sandbox, table, days)


def _launcher(sandbox: Sandbox[Settings], runs: DayRuns, days: list[str]) -> Loop | Scheduler:
    s = sandbox.settings
    if not s.has_object:
        return Loop(runs, days, s.limit, notes=NOTES.get(s.omitted))
    limit = ConcurrencyLimit(*sandbox.table("limits"), BACKFILL, s.limit, emit=sandbox.emit, lease_s=s.lease_s)
    lock = locks.made(sandbox, BACKFILL, lease_s=s.lease_s)
    backfill = Backfill(*sandbox.table("backfills"), BACKFILL, days, lock)
    return Scheduler(runs, backfill, limit, s.asks_every_s)


def _table(sandbox: Sandbox[Settings]) -> Dataset:
    import pyarrow as pa

    from gateway_sim.control_plane.data.datasets import Dataset

    table = Dataset(sandbox.folder, TABLE, emit=sandbox.emit)
    table.create(pa.schema([("date", pa.string()), ("n", pa.int64())]), by=["date"])
    return table


def _write(s: Settings, table: Dataset, day: str) -> None:
    import pyarrow as pa

    rows = pa.table({"date": [day] * s.rows, "n": list(range(s.rows))})
    if s.replaces:
        table.open().replace(rows, f"date = '{day}'")
    else:
        table.open().append(rows)


def _count(sandbox: Sandbox[Settings], table: Dataset, days: list[str]) -> None:
    """Report how many rows, and how many distinct ones, each day has."""
    found: dict[str, list[int]] = {day: [] for day in days}
    for row in table.open().rows().to_pylist():
        found[row["date"]].append(row["n"])
    rows, distinct = (tuple(len(numbers(of)) for of in found.values()) for numbers in (list, set))
    sandbox.emit(TableCounted(TABLE, rows, distinct, (sandbox.settings.rows,) * len(days)))


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the rows that are there more than once, each time but the first, and those that are missing."""
    counted = next(trace.of(TableCounted)).event
    twice = sum(have > distinct for have, distinct in zip(counted.rows, counted.distinct, strict=True))
    never = sum(have < wanted for have, wanted in zip(counted.distinct, counted.wanted, strict=True))
    extra = sum(counted.rows) - sum(counted.distinct)
    missing = sum(counted.wanted) - sum(counted.distinct)
    started = sum(1 for _ in trace.of(HolderBegan))
    ended_s = next(trace.of(BackfillEnded)).at_s
    return Damage(
        amount=extra + missing,
        unit="rows there twice or missing",
        sentence=f"of {s.days} days {twice} are there twice and {never} not at all; {started} runs were started in "
        f"{ended_s / 3600:.1f} h",
        figures={
            "rows_twice": extra,
            "rows_missing": missing,
            "days_twice": twice,
            "days_never": never,
            "runs_started": started,
            "runs_under_way_when_the_launcher_ended": next(trace.of(LauncherEnded)).event.running,
            "run_hours_beyond_the_limit": round(too_many_s(trace) / 3600, 3),
            "ended_h": round(ended_s / 3600, 3),
        },
    )
