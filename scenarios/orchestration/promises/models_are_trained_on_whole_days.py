"""A day may lack hours, and an hour may lack rows."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import DayPlanned, TrainingSetRead
from gateway_sim.scenarios.sim.trace import Trace


def models_are_trained_on_whole_days(trace: Trace) -> Iterator[Violation]:
    """Models are trained on whole days: they get every row of every hour."""
    planned = {(e.event.table, e.event.date): e.event.rows for e in trace.of(DayPlanned)}
    for entry in trace.of(TrainingSetRead):
        read = entry.event
        wanted = planned.get((read.table, read.date), read.rows)
        missing = sum(1 for have in read.rows if not have)
        short = sum(1 for have, want in zip(read.rows, wanted, strict=True) if 0 < have != want)
        if missing or short:
            yield Violation.of(
                f"a model was trained on {read.date} of {read.table} with {missing} of {len(wanted)} hours missing "
                f"and {short} of another size than planned",
                entry,
            )
