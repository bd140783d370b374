"""A pipeline that stands still raises no error: its runs are active and queued, as on any other day."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import PipelineWatched, PlaceLeft, RunAsked
from gateway_sim.scenarios.sim.trace import Entry, Trace


def every_run_of_a_pipeline_ends(trace: Trace) -> Iterator[Violation]:
    """Every run of a pipeline ends: before the watch of its pipeline does, and by its last task."""
    asked: dict[tuple[str, str], Entry] = {}
    for entry in trace.of(RunAsked, PlaceLeft, PipelineWatched):
        event = entry.event
        if isinstance(event, RunAsked):
            asked[event.pipeline, event.run] = entry
        elif isinstance(event, PipelineWatched):
            for (pipeline, run), since in asked.items():
                if pipeline == event.pipeline:
                    yield Violation(f"{run} of {pipeline} never ended", entry.at_s, (since, entry))
        elif event.why == "ended":
            asked.pop((event.pipeline, event.run), None)
