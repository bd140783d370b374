"""Airflow's tables, written for a test: each row a few words beside what is usual."""

from pathlib import Path

from gateway_sim.scenarios.orchestration.logs.facts import Facts
from gateway_sim.scenarios.orchestration.logs.judged import Judgement, judge
from gateway_sim.scenarios.orchestration.logs.source import read_log

RUN = {
    "dag_id": "etl",
    "run_id": "",
    "logical_date": "",
    "queued_at": "",
    "start_date": "",
    "end_date": "",
    "state": "success",
    "data_interval_start": "",
    "data_interval_end": "",
    "partition_key": "",
    "backfill_id": "",
    "clear_number": "0",
}
TASK = {
    "dag_id": "etl",
    "run_id": "",
    "task_id": "load",
    "map_index": "-1",
    "try_number": "1",
    "state": "success",
    "pool": "gpu",
    "pool_slots": "1",
    "start_date": "",
    "end_date": "",
}


def run(name: str, start: object = "", end: object = "", **words: object) -> dict[str, object]:
    """Return a row of `dag_run`, from second to second; it was queued when it was due, at its start."""
    due = {"logical_date": start, "queued_at": start}
    return {**RUN, **due, "run_id": name, "start_date": start, "end_date": end, **words}


def task(run_id: str, start: object = "", end: object = "", **words: object) -> dict[str, object]:
    """Return a row of `task_instance`."""
    return {**TASK, "run_id": run_id, "start_date": start, "end_date": end, **words}


def written(path: Path, rows: list[dict[str, object]]) -> Path:
    """Write a table as CSV."""
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def judged(folder: Path, *, runs: object = (), tasks: object = (), pools: object = (), **facts: object) -> Judgement:
    """Write the tables that have rows, and judge them."""
    tables = {"dag_run": runs, "task_instance": tasks, "slot_pool": pools}
    files = [written(folder / f"{name}.csv", list(rows)) for name, rows in tables.items() if rows]  # type: ignore[call-overload]
    return judge(read_log(files, Facts(**facts)))  # type: ignore[arg-type]


def verdict(found: Judgement, promise: str) -> tuple[str, list[str]]:
    """Return the verdict on a promise, and what broke it, or why it was not judged."""
    one = next(one for one in found.found if one.promise == promise.replace("-", " "))
    return one.verdict, [broken.message for broken in one.violations] or [one.why] * bool(one.why)
