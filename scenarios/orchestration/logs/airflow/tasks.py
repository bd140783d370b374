"""Airflow's `task_instance` and its history: when each try of a task began and ended, and which pool it held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway_sim.scenarios.orchestration.fleets.rows import Row
from gateway_sim.scenarios.orchestration.logs.airflow.columns import (
    TASK_STATES,
    THE_LIMIT,
    THE_PAST,
    hold,
    listed,
    named,
    some,
    state_of,
    times_of,
    told_once,
)
from gateway_sim.scenarios.orchestration.logs.facts import Facts
from gateway_sim.scenarios.orchestration.logs.told import BEGINS, ENDS, Told, where
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import TaskBegan, TaskEnded

NOW: tuple[str, ...] = ("running", "restarting")
DONE: tuple[str, ...] = ("success", "skipped")
"""The states in which a task lets that of the next run begin."""
BEGUN: tuple[str, ...] = ("success", "failed", "up_for_retry", "up_for_reschedule", "deferred", *NOW)
"""The states of a task that has begun; one that is skipped or whose upstream failed has a start, and no work."""

MOST_SLOTS = 10_000
"""A task that takes more slots of its pool is a typing error."""

TaskKey = tuple[str, str, str]
"""DAG, run and task."""


@dataclass(frozen=True)
class Tasks:
    """Reads the tasks of a log that begins at `first_s`; `runs` are the runs of each DAG that it has."""

    told: Told
    facts: Facts
    limits: dict[str, int]
    runs: Mapping[str, Sequence[str]]
    first_s: float

    def read(self, rows: Sequence[Row]) -> None:
        """Note what happened to each try, and which tries the log does not have."""
        told, asks = self.told, self.told.open_questions
        if not rows:
            asks[THE_PAST] = "it needs the table task_instance"
            return
        unlimited, unsure = dict[str, None](), list[Row]()
        for row in told_once(rows, ("dag", "run", "task", "map", "try")):
            state, (start_s, end_s) = state_of(row, TASK_STATES), times_of(row)
            if start_s is None or state not in BEGUN:
                continue
            if end_s is None and state not in NOW:
                unsure.append(row)
            elif row.has("pool"):
                self._slots(row, (start_s, end_s), unlimited)
        if unsure:
            told.notes.append(f"tasks that wait without an end, and are counted in no pool: {listed(unsure)}")
        if unlimited:
            told.notes.append(f"no number of slots is told, and none is judged, of {some(list(unlimited))}")
            asks[THE_LIMIT] = f"it does not say how many may run at once; --limit {next(iter(unlimited))}=N"
        self._past(rows)

    def _slots(self, row: Row, times: tuple[float, float | None], unlimited: dict[str, None]) -> None:
        pool = f"pool:{row.word('pool', '')}"
        if pool not in self.limits:
            unlimited[pool] = None
            return
        slots = row.count("pool_slots", 1, most=MOST_SLOTS)
        map_index = row.order("map") if row.has("map") else -1
        index = f"[{map_index}]" if map_index >= 0 else ""
        task = f"{named(row, 'dag')} {named(row, 'run')} {named(row, 'task')}{index}, try {row.count('try', 1)}"
        for n in range(1, slots + 1):
            hold(self.told, row, times, f"{task}, slot {n}" if slots > 1 else task, (pool, self.limits[pool]))

    def _past(self, rows: Sequence[Row]) -> None:
        """Note when the tasks began that wait for their past, and when they let others begin.

        Of a mapped task all have to be done. What the log does not have lets others begin from its first moment on.
        """
        if not self.facts.waits_for_past:
            self.told.open_questions[THE_PAST] = (
                "it does not say where a task waits for its past; --depends-on-past DAG"
            )
            return
        tries: dict[TaskKey, list[Row]] = {}
        for row in rows:
            if named(row, "dag") in self.facts.waits_for_past:
                tries.setdefault((named(row, "dag"), named(row, "run"), named(row, "task")), []).append(row)
        unknown = [rows for rows in tries.values() if _lacks_tries(rows)]
        for (dag, run, task), some_rows in tries.items():
            for row in some_rows:
                start_s, _ = times_of(row)
                if start_s is not None and state_of(row, TASK_STATES) in BEGUN:
                    self.told.happened(start_s, where(row), TaskBegan(dag, run, task), BEGINS)
            done = self._done(some_rows)
            if done is not None:
                self.told.happened(*done, TaskEnded(dag, run, task), ENDS)
        absent = [
            (dag, run, task)
            for dag in self.facts.waits_for_past
            for task in dict.fromkeys(key[2] for key in tries if key[0] == dag)
            for run in self.runs.get(dag, ())
            if (dag, run, task) not in tries
        ]
        for key in absent:
            self.told.happened(self.first_s, where(rows[0]), TaskEnded(*key), ENDS)
        if unknown:
            said = "tasks whose earlier tries are not in the log, and which count as done from its beginning"
            self.told.notes.append(
                f"{said}: {listed([some_rows[-1] for some_rows in unknown])}; add task_instance_history"
            )
        if absent:
            said = "tasks that a run of the log does not have, and which count as done there"
            self.told.notes.append(f"{said}: {some([' '.join(key) for key in absent])}")
        without = dict.fromkeys(f"{dag} {run}" for dag, run, _ in tries if run not in self.runs.get(dag, ()))
        if without:
            self.told.notes.append(
                f"runs that dag_run does not have, so that none is before them: {some(list(without))}"
            )

    def _done(self, rows: Sequence[Row]) -> tuple[float, str] | None:
        """Return when all of a task were first done, and where the log says it; None where they were not."""
        if _lacks_tries(rows):
            return self.first_s, where(rows[-1])
        first: dict[str, tuple[float, str]] = {}
        for row in rows:
            end_s = row.time_s("end")
            if state_of(row, TASK_STATES) in DONE and end_s is not None:
                index = row.word("map", "")
                first[index] = min(first.get(index, (end_s, where(row))), (end_s, where(row)))
        return max(first.values()) if first.keys() == {row.word("map", "") for row in rows} else None


def _lacks_tries(rows: Sequence[Row]) -> bool:
    """Return whether a task has had tries that are not among its rows."""
    most: dict[str, int] = {}
    for row in rows:
        index = row.word("map", "")
        most[index] = max(most.get(index, 0), row.count("try", 1))
    return any(n > sum(row.word("map", "") == index for row in rows) for index, n in most.items())
