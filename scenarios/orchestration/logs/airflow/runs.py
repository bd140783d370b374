"""Airflow's `dag_run`: when each run was due, queued, begun and over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway_sim.control_plane.events import WorkEnded
from gateway_sim.scenarios.orchestration.fleets.rows import Row
from gateway_sim.scenarios.orchestration.logs.airflow.columns import (
    IDLE,
    OVER,
    RUN_STATES,
    THE_DAY,
    THE_DEADLINE,
    THE_END,
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
from gateway_sim.scenarios.orchestration.logs.told import ASKS, ENDS, WATCHED, Told, where
from gateway_sim.scenarios.orchestration.workloads.events import DeadlineSet, HolderWaits
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import (
    DayBegan,
    DayLeft,
    PipelineWatched,
    PlaceLeft,
    RunAsked,
)
from gateway_sim.scenarios.sim.errors import UsageError

NO_DATE = "{}, without a date"
"""The pipeline of a DAG's runs that have no logical date: none of them is before another one."""


@dataclass(frozen=True)
class Runs:
    """Reads the runs of a log that ends at `last_s`, under the `limits` that are known by name."""

    told: Told
    facts: Facts
    limits: dict[str, int]
    last_s: float

    def read(self, rows: Sequence[Row]) -> None:
        """Note what happened to each run, and that the watch of a DAG ended where all its runs are over."""
        told, asks = self.told, self.told.open_questions
        if not rows:
            missing = "it needs the table dag_run"
            asks.update(dict.fromkeys((THE_PAST, THE_DEADLINE, THE_END, THE_DAY, IDLE), missing))
            return
        open_runs: dict[str, list[Row]] = {}
        unlimited = dict[str, None]()
        days = [self._run(row, open_runs, unlimited) for row in told_once(rows, ("dag", "run"))]
        for dag in dict.fromkeys(named(row, "dag") for row in rows):
            if dag in open_runs:
                told.notes.append(
                    f"{len(open_runs[dag])} of the runs of {dag} had not ended when the log was written "
                    f"({listed(open_runs[dag])}); --sla {dag}=SECONDS says by when they must"
                )
            else:
                for pipeline in (dag, NO_DATE.format(dag)):
                    told.happened(self.last_s, where(rows[-1]), PipelineWatched(pipeline), WATCHED)
        asks[THE_END] = "in each DAG a run had not ended when the log was written; --sla DAG=SECONDS"
        asks[THE_DEADLINE] = "it does not say by when a run must end; --sla DAG=SECONDS"
        if cleared := [row for row in rows if row.number("cleared", 0)]:
            told.notes.append(f"runs that were cleared, of which the table has the last times only: {listed(cleared)}")
        if unlimited:
            told.notes.append(f"no limit of active runs is told, and none is judged, of {some(list(unlimited))}")
            asks[IDLE] = f"it does not say how many may run at once; --limit {next(iter(unlimited))}=N"
            asks.setdefault(THE_LIMIT, asks[IDLE])
        if self.facts.start_within_s is None:
            asks[IDLE] = "it does not say how long a queued run may wait beside a free place; --start-within SECONDS"
        if not any(days):
            asks[THE_DAY] = "its dag_run has neither data_interval_start with an end nor partition_key"

    def _run(self, row: Row, open_runs: dict[str, list[Row]], unlimited: dict[str, None]) -> bool:
        """Note what happened to a run; return whether the table says which data it computes."""
        dag, run, state = named(row, "dag"), named(row, "run"), state_of(row, RUN_STATES)
        times = times_of(row, over=state in OVER)
        if state not in OVER:
            open_runs.setdefault(dag, []).append(row)
        self._pipeline(row, (dag, run, state), times)
        limit = f"backfill:{row.word('backfill', '')}" if row.has("backfill") else f"dag:{dag}"
        if limit not in self.limits:
            unlimited[limit] = None
        else:
            self._place(row, times, f"{dag} {run}", (limit, self.limits[limit]))
        self._deadline(row, (dag, run, state), times[1])
        return self._day(row, dag, run, times)

    def _pipeline(self, row: Row, run: tuple[str, str, str], times: tuple[float | None, float | None]) -> None:
        dag, name, state = run
        pipeline = dag if row.has("logical") or "logical" not in row.known else NO_DATE.format(dag)
        due = [row.time_s(column) for column in ("logical", "after", "queued", "start")]
        due_s = next((at_s for at_s in due if at_s is not None), None)
        if due_s is None:
            raise UsageError(f"{row.place}: it has no logical_date, run_after, queued_at or start_date")
        start_s, end_s = times
        # one that was started by hand may begin before it is due
        asked_s = due_s if start_s is None else min(due_s, start_s)
        self.told.happened(asked_s, where(row), RunAsked(pipeline, name), ASKS)
        if state in OVER and end_s is not None:
            why = "ended" if state == "success" else "failed"
            self.told.happened(end_s, where(row), PlaceLeft(pipeline, name, why), ENDS)

    def _place(self, row: Row, times: tuple[float | None, float | None], holder: str, limit: tuple[str, int]) -> None:
        queued_s, within_s = row.time_s("queued"), self.facts.start_within_s
        start_s, end_s = times
        if within_s is not None and queued_s is not None and (start_s is not None or end_s is None):
            self.told.happened(queued_s, where(row), HolderWaits(limit[0], holder, limit[1], within_s), ASKS)
        if start_s is not None:
            hold(self.told, row, (start_s, end_s), holder, limit)

    def _day(self, row: Row, dag: str, run: str, times: tuple[float | None, float | None]) -> bool:
        (start_s, end_s), day = times, row.word("partition", "")
        interval_s, until_s = row.time_s("interval"), row.time_s("interval_end")
        if not day and interval_s is not None and until_s is not None and until_s > interval_s:
            day = f"{row.word('interval', '')} to {row.word('interval_end', '')}"
        if day and start_s is not None and start_s != end_s:
            self.told.happened(start_s, where(row), DayBegan(dag, day, run))
            if end_s is not None:
                self.told.happened(end_s, where(row), DayLeft(dag, day, run), ENDS)
        return bool(day)

    def _deadline(self, row: Row, run: tuple[str, str, str], end_s: float | None) -> None:
        dag, name, state = run
        if dag not in self.facts.within_s:
            return
        asked = [row.time_s(column) for column in ("queued", "after", "start")]
        asked_s = next((at_s for at_s in asked if at_s is not None), None)
        if asked_s is None:
            raise UsageError(f"{row.place}: --sla {dag} counts from queued_at, and it has none")
        by_s = asked_s + self.facts.within_s[dag]
        ended = state == "success" and end_s is not None
        if not ended and by_s > self.last_s:
            self.told.notes.append(
                f"{where(row)}: {name} of {dag} had not succeeded, and its deadline is after the log"
            )
            return
        self.told.happened(asked_s, where(row), DeadlineSet(dag, name, by_s), ASKS)
        if ended and end_s is not None:
            self.told.happened(end_s, where(row), WorkEnded(dag, name), ENDS)
