"""The files of a log: which format they are in, and the trace that they make."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway_sim.scenarios.orchestration.fleets.rows import Row, rows
from gateway_sim.scenarios.orchestration.logs import plain
from gateway_sim.scenarios.orchestration.logs.airflow.columns import COLUMNS, table_of
from gateway_sim.scenarios.orchestration.logs.airflow.tables import read_tables
from gateway_sim.scenarios.orchestration.logs.facts import Facts
from gateway_sim.scenarios.orchestration.logs.told import Log, as_log
from gateway_sim.scenarios.sim.errors import UsageError


def read_log(files: Sequence[Path], facts: Facts) -> Log:
    """Return the log of these files, which are all of one format. Raises `UsageError` with the file and the line."""
    events, tables = plain.Events(), dict[str, list[Row]]()
    columns = {**plain.columns(), **COLUMNS}
    several, first = len(set(files)) < len(files), dict[str, Path]()
    if several:
        raise UsageError(f"{next(file for file in files if files.count(file) > 1)} is named twice; name it once")
    for file in files:
        kind = ""
        for row in rows(file, columns, ()):
            kind = kind or ("events" if "event" in row.known else table_of(row))
            if kind == "events":
                events.add(row)
            elif kind:
                tables.setdefault(kind, []).append(row)
            else:
                raise UsageError(f"{file}: {_NEITHER}; its columns are {', '.join(row.cells)}")
        if not kind:
            raise UsageError(f"{file}: no row is in it")
        first.setdefault("events" if kind == "events" else "Airflow", file)
    if len(first) > 1:
        raise UsageError(
            f"{first['events']} has events, and {first['Airflow']} is a table of Airflow; judge one log at once"
        )
    if not tables:
        if facts.told:
            raise UsageError(
                f"{facts.told[0]} is for tables of Airflow, and {files[0]} has events, which say it themselves"
            )
        return as_log(events.read())
    return as_log(read_tables(tables, facts))


_NEITHER = "it has no column event, and is no table of Airflow (dag_run, task_instance, slot_pool or dag)"
