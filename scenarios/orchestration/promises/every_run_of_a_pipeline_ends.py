"""A pipeline that stands still raises no error: its runs are active and queued, as on any other day."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import PipelineWatched, PlaceLeft, RunAsked
from gateway_sim.scenarios.sim.trace import Trace


def every_run_of_a_pipeline_ends(trace: Trace) -> Iterator[Violation]:
    """Every run of a pipeline ends: before the watch of its pipeline does, and by its last task."""
    ended = {(e.event.pipeline, e.event.run) for e in trace.of(PlaceLeft) if e.event.why == "ended"}
    for watched in trace.of(PipelineWatched):
        for asked in trace.of(RunAsked):
            of = asked.event.pipeline, asked.event.run
            if of[0] == watched.event.pipeline and of not in ended:
                yield Violation(f"{of[1]} of {of[0]} never ended", watched.at_s, (asked, watched))
