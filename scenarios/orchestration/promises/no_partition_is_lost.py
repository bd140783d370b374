"""A concurrent writer must not remove the rows of a backfill."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import TableCounted
from gateway_sim.scenarios.sim.trace import Trace


def no_partition_is_lost(trace: Trace) -> Iterator[Violation]:
    """No partition is lost: each part of a table holds every row that was written to it."""
    for entry in trace.of(TableCounted):
        counted = entry.event
        short = [have < want for have, want in zip(counted.distinct, counted.wanted, strict=True)]
        if any(short):
            yield Violation.of(f"{sum(short)} of the {len(short)} partitions of {counted.table} lack rows", entry)
