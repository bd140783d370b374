"""The columns of Airflow's tables, under the names that the database, the REST API and the releases give them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from gateway_sim.scenarios.orchestration.fleets.rows import Column, Columns, Row
from gateway_sim.scenarios.orchestration.logs.told import BEGINS, ENDS, Told, where
from gateway_sim.scenarios.orchestration.workloads.events import HolderBegan, HolderEnded
from gateway_sim.scenarios.sim.errors import UsageError

COLUMNS: Final[Columns] = {
    "dag": [Column("dag_id")],
    "run": [Column("run_id"), Column("dag_run_id")],
    "task": [Column("task_id")],
    "map": [Column("map_index")],
    "try": [Column("try_number")],
    "state": [Column("state")],
    "logical": [Column("logical_date"), Column("execution_date")],
    "after": [Column("run_after")],
    "queued": [Column("queued_at")],
    "start": [Column("start_date")],
    "end": [Column("end_date")],
    "interval": [Column("data_interval_start")],
    "interval_end": [Column("data_interval_end")],
    "partition": [Column("partition_key")],
    "cleared": [Column("clear_number")],
    "backfill": [Column("backfill_id")],
    "pool": [Column("pool"), Column("name")],
    "slots": [Column("slots")],
    "pool_slots": [Column("pool_slots")],
    "active_runs": [Column("max_active_runs")],
}
RUN_STATES: Final = ("queued", "running", "success", "failed")
TASK_STATES: Final = (
    "success", "failed", "skipped", "running", "restarting", "queued", "scheduled", "deferred", "up_for_retry",
    "up_for_reschedule", "upstream_failed", "removed", "none", "",
)  # fmt: skip
OVER: Final = ("success", "failed")
"""The states of a run that is over."""

THE_PAST: Final = "no-task-begins-before-its-past"
THE_LIMIT: Final = "no-more-runs-compute-than-a-limit-allows"
THE_DEADLINE: Final = "every-run-ends-by-its-deadline"
THE_END: Final = "every-run-of-a-pipeline-ends"
THE_DAY: Final = "no-day-is-computed-by-two-runs-at-once"
IDLE: Final = "no-place-idles-while-a-run-waits"
FEW: Final = 3
"""Names listed in a note; the others are counted."""

Times = tuple[float | None, float | None]
"""When something began and ended; None for what has not."""


def table_of(row: Row) -> str:
    """Return which of Airflow's tables a row is of, by its columns; "" where it is of none."""
    known = row.known.keys()
    if {"dag", "run", "state"} <= known:
        return "task_instance" if "task" in known else "dag_run"
    if {"pool", "slots"} <= known and "dag" not in known:
        return "slot_pool"
    return "dag" if {"dag", "active_runs"} <= known else ""


def named(row: Row, column: str) -> str:
    """Return a name that must be there. Raises `UsageError`."""
    if not row.has(column):
        raise UsageError(f"{row.place}: it has no {row.known[column].name}")
    return row.word(column, "")


def state_of(row: Row, known: Sequence[str]) -> str:
    """Return the state of a run or task. Raises `UsageError` for one that Airflow has not."""
    state = row.word("state", "").lower()
    if state not in known:
        raise row.refused("state", f"is no state that Airflow has: {', '.join(filter(None, known))}")
    return state


def times_of(row: Row, *, over: bool = False) -> Times:
    """Return when a row's work began and ended. Raises `UsageError` for an end before the begin, or without one."""
    start_s, end_s = row.time_s("start"), row.time_s("end")
    if over and end_s is None:
        raise UsageError(f"{row.place}: its state is {row.word('state', '')}, and it has no end_date")
    if start_s is not None and end_s is not None and end_s < start_s:
        raise row.refused("end", "is before its start_date")
    return start_s, end_s


def told_once(rows: Iterable[Row], columns: Sequence[str]) -> list[Row]:
    """Return the rows. Raises `UsageError` for two about the same, which would count twice."""
    seen: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = tuple(row.word(column, "") for column in columns)
        if key in seen:
            raise UsageError(
                f"{row.place}: {' '.join(filter(None, key))} is in {where(seen[key])} already; leave one out"
            )
        seen[key] = row
    return list(seen.values())


def hold(told: Told, row: Row, times: tuple[float, float | None], holder: str, limit: tuple[str, int]) -> None:
    """Note that a run or task held a place of a limit; one that ended as it began held none."""
    start_s, end_s = times
    if start_s != end_s:
        told.happened(start_s, where(row), HolderBegan(limit[0], holder, limit[1]), BEGINS)
        if end_s is not None:
            told.happened(end_s, where(row), HolderEnded(limit[0], holder), ENDS)


def listed(rows: Sequence[Row]) -> str:
    """Return the first lines of some rows, and how many there are."""
    return some([where(row) for row in rows])


def some(names: Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more
