"""All tables of Airflow together: which rows are of which, what limits they hold, and what they tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway_sim.scenarios.orchestration.fleets.rows import Row
from gateway_sim.scenarios.orchestration.logs.airflow.columns import named
from gateway_sim.scenarios.orchestration.logs.airflow.runs import Runs
from gateway_sim.scenarios.orchestration.logs.airflow.tasks import Tasks
from gateway_sim.scenarios.orchestration.logs.facts import Facts
from gateway_sim.scenarios.orchestration.logs.told import Told
from gateway_sim.scenarios.sim.errors import UnknownWord, UsageError

Tables = Mapping[str, Sequence[Row]]
"""The rows by the table's name."""


def read_tables(tables: Tables, facts: Facts) -> Told:
    """Return what the tables tell. Raises `UsageError` with the file and line of a row that is wrong."""
    runs, tasks = tables.get("dag_run", ()), tables.get("task_instance", ())
    if not runs and not tasks:
        raise UsageError("limits alone tell of no run; give the table dag_run or task_instance too")
    _check_names(facts, runs, tasks)
    told, limits = Told("Airflow: " + ", ".join(sorted(tables))), _limits(tables) | dict(facts.limits)
    moments = [at_s for row in (*runs, *tasks) for name in ("start", "end") if (at_s := row.time_s(name)) is not None]
    first_s, last_s = min(moments, default=0.0), max(moments, default=0.0)
    by_dag: dict[str, list[str]] = {}
    for row in runs:
        by_dag.setdefault(named(row, "dag"), []).append(named(row, "run"))
    Tasks(told, facts, limits, by_dag, first_s).read(tasks)
    Runs(told, facts, limits, last_s).read(runs)
    return told


def _limits(tables: Tables) -> dict[str, int]:
    """Return the limits that the tables hold; Airflow writes a pool without an end as -1."""
    found = {f"pool:{named(row, 'pool')}": row.order("slots") for row in tables.get("slot_pool", ())}
    for row in tables.get("dag", ()):
        if row.has("active_runs"):
            found[f"dag:{named(row, 'dag')}"] = row.count("active_runs", 0)
    return {name: limit for name, limit in found.items() if limit >= 0}


def _check_names(facts: Facts, runs: Sequence[Row], tasks: Sequence[Row]) -> None:
    """Refuse an option for what is not in the tables. Raises `UsageError`."""
    there = {
        "dag": {row.word("dag", "") for row in runs},
        "pool": {row.word("pool", "") for row in tasks} - {""},
        "backfill": {row.word("backfill", "") for row in runs} - {""},
    }
    given = [("--limit", *name.split(":", 1)) for name in facts.limits]
    given += [("--depends-on-past", "dag", dag) for dag in facts.waits_for_past]
    given += [("--sla", "dag", dag) for dag in facts.within_s]
    for option, what, name in given:
        table, rows = ("task_instance", tasks) if what == "pool" else ("dag_run", runs)
        if not rows:
            raise UsageError(f"{option} for {name} needs the table {table}, which is not among the files")
        if name not in there[what]:
            raise UsageError(f"{option}: {UnknownWord(what, name, there[what])}")
