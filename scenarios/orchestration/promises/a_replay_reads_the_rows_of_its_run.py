"""A replay on other rows is worse than a refused one, because its result is trusted."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import RunReplayed
from gateway_sim.scenarios.sim.trace import Trace


def a_replay_reads_the_rows_of_its_run(trace: Trace) -> Iterator[Violation]:
    """A replay reads the rows of its run: if they are gone or have changed, it is refused."""
    for entry in trace.of(RunReplayed):
        event = entry.event
        if event.manifest != event.manifest_of_the_run:
            yield Violation.of(
                f"on day {event.day} {event.run} was trained again on other rows, without an error", entry
            )
