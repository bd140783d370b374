"""A duplicated row is trained on twice."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import TableCounted
from gateway_sim.scenarios.sim.trace import Trace


def no_row_is_counted_twice(trace: Trace) -> Iterator[Violation]:
    """No row is counted twice: a table holds each of its rows once."""
    for entry in trace.of(TableCounted):
        counted = entry.event
        twice = sum(counted.rows) - sum(counted.distinct)
        if twice:
            yield Violation.of(f"{twice} of the {sum(counted.rows)} rows of {counted.table} are duplicates", entry)
