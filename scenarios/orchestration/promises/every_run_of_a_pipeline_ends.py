"""A pipeline that stands still raises no error: its runs are active and queued, as on any other day."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import PipelineWatched, PlaceLeft, RunAsked
from gateway_sim.scenarios.sim.trace import Entry, Trace


def every_run_of_a_pipeline_ends(trace: Trace) -> Iterator[Violation]:
    """Every run of a pipeline ends: before the watch of its pipeline does, and by its last task."""
    asked: dict[tuple[str, str], tuple[Entry, ...]] = {}
    for entry in trace.of(RunAsked, PlaceLeft, PipelineWatched):
        event = entry.event
        if isinstance(event, RunAsked):
            asked[event.pipeline, event.run] = (entry,)
        elif isinstance(event, PipelineWatched):
            for (pipeline, run), since in asked.items():
                if pipeline == event.pipeline:
                    how = "failed, and never ended" if len(since) > 1 else "never ended"
                    yield Violation(f"{run} of {pipeline} {how}", entry.at_s, (*since, entry))
        elif event.why == "ended":
            asked.pop((event.pipeline, event.run), None)
        elif event.why == "failed" and (event.pipeline, event.run) in asked:
            asked[event.pipeline, event.run] = (asked[event.pipeline, event.run][0], entry)
