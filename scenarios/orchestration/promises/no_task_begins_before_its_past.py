"""A run that does not wait for the run before it has no deadlock, and builds on rows that are not there."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import RunAsked, TaskBegan, TaskEnded
from gateway_sim.scenarios.sim.trace import Trace


def no_task_begins_before_its_past(trace: Trace) -> Iterator[Violation]:
    """No task begins before its past: the same task of the run that was asked for before it has ended."""
    before: dict[tuple[str, str], str | None] = {}
    newest: dict[str, str] = {}
    ended = set[tuple[str, str, int | str]]()
    for entry in trace.of(RunAsked, TaskBegan, TaskEnded):
        event = entry.event
        if isinstance(event, RunAsked):
            before[event.pipeline, event.run] = newest.get(event.pipeline)
            newest[event.pipeline] = event.run
        elif isinstance(event, TaskEnded):
            ended.add((event.pipeline, event.run, event.task))
        else:
            past = before.get((event.pipeline, event.run))
            if past is not None and (event.pipeline, past, event.task) not in ended:
                yield Violation.of(
                    f"{event.run} of {event.pipeline} began task {event.task} before {past} ended it", entry
                )
