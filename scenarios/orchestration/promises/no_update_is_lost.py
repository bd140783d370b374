"""A writer that read its source early must not overwrite the rows of one that read it later."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import RowsCompared
from gateway_sim.scenarios.sim.trace import Trace


def no_update_is_lost(trace: Trace) -> Iterator[Violation]:
    """No update is lost: each row of a table has the newest content of its source."""
    for entry in trace.of(RowsCompared):
        compared = entry.event
        if any(compared.outdated):
            parts = sum(count > 0 for count in compared.outdated)
            message = f"{sum(compared.outdated)} rows in {parts} partitions of {compared.table} have an older content"
            yield Violation.of(message, entry)
