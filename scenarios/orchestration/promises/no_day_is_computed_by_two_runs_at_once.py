"""Two runs of one day write the same rows, and the one that ends last decides which remain."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import DayBegan, DayLeft
from gateway_sim.scenarios.sim.trace import Trace


def no_day_is_computed_by_two_runs_at_once(trace: Trace) -> Iterator[Violation]:
    """No day is computed by two runs at once: a day belongs to one run of its backfill until that run leaves it."""
    computing: dict[tuple[str, str], list[str]] = {}
    for entry in trace.of(DayBegan, DayLeft):
        event = entry.event
        runs = computing.setdefault((event.backfill, event.day), [])
        if isinstance(event, DayLeft):
            # a run that has lost its day may say later that it leaves it
            if event.run in runs:
                runs.remove(event.run)
            continue
        if runs:
            yield Violation.of(f"{event.run} of {event.backfill} began {event.day}, which {runs[0]} computes", entry)
        runs.append(event.run)
