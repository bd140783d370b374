"""Plain checks of the stories of pipelines: runs that wait for runs, days of a backfill, artifacts."""

from gateway_sim.scenarios.orchestration.workloads.pipeline_events import (
    ArtifactAudited,
    ArtifactRecorded,
    ArtifactStored,
    DayBegan,
    DayLeft,
    PastAwaited,
    PipelineWatched,
    PlaceLeft,
    PlaceTaken,
    RunAsked,
    TaskBegan,
    TaskEnded,
)
from gateway_sim.scenarios.sim.trace import Trace
from tests.scenarios.judge.plain_checks import after, before, check


@check(
    (0.0, RunAsked("p", "one")), (1.0, RunAsked("p", "two")), (2.0, PlaceLeft("p", "one", "waits")),
    (3.0, PlaceLeft("p", "one", "ended")), (4.0, PlaceLeft("p", "two", "ended")), (5.0, PipelineWatched("p")),
)  # fmt: skip
def every_run_of_a_pipeline_ends(trace: Trace) -> bool:
    """Between the asking of a run and the end of its pipeline's watch the run left its place because it ended."""
    for watched in trace.of(PipelineWatched):
        for asked in before(trace, watched, RunAsked):
            run = (watched.event.pipeline, asked.event.run)
            left = [e for e in before(trace, watched, PlaceLeft) if e in after(trace, asked, PlaceLeft)]
            ended = [(e.event.pipeline, e.event.run) for e in left if e.event.why == "ended"]
            if asked.event.pipeline == watched.event.pipeline and run not in ended:
                return False
    return True


@check(
    (0.0, PlaceTaken("p", "one", 2)), (1.0, TaskBegan("p", "one", 0)), (2.0, TaskEnded("p", "one", 0)),
    (2.0, PastAwaited("p", "one", 1)), (2.0, PlaceLeft("p", "one", "waits")), (3.0, PlaceTaken("p", "two", 2)),
    (3.0, PastAwaited("p", "two", 0)), (3.0, PlaceLeft("p", "two", "waits")), (4.0, PlaceTaken("p", "one", 2)),
    (5.0, TaskBegan("p", "one", 1)), (6.0, TaskEnded("p", "one", 1)), (7.0, PlaceLeft("p", "one", "ended")),
    (8.0, PipelineWatched("p")),
)  # fmt: skip
def a_run_that_waits_holds_no_place(trace: Trace) -> bool:
    """A run with a place that has to wait leaves it at once: in the second of its last work, or of taking the place."""
    for waits in trace.of(PastAwaited):
        pipeline, run = waits.event.pipeline, waits.event.run
        its = [
            e
            for e in before(trace, waits, PlaceTaken, PlaceLeft, TaskEnded)
            if (e.event.pipeline, e.event.run) == (pipeline, run)
        ]
        left = max((n for n, e in enumerate(its) if isinstance(e.event, PlaceLeft)), default=-1)
        taken = [n for n, e in enumerate(its) if isinstance(e.event, PlaceTaken) and n > left]
        if not taken:
            continue
        works_s = [e.at_s for e in its[taken[0] :] if isinstance(e.event, TaskEnded)]
        ends = [
            e.at_s
            for e in after(trace, waits, TaskBegan, PlaceLeft, PipelineWatched)
            if e.event.pipeline == pipeline and getattr(e.event, "run", run) == run
        ]
        if ends and ends[0] > max([its[taken[0]].at_s, *works_s]):
            return False
    return True


@check(
    (0.0, RunAsked("p", "one")), (1.0, RunAsked("p", "two")), (2.0, TaskBegan("p", "one", 1)),
    (3.0, TaskEnded("p", "one", 1)), (4.0, TaskBegan("p", "two", 1)), (5.0, TaskBegan("p", "one", 2)),
    (6.0, TaskEnded("p", "one", 2)), (7.0, TaskBegan("p", "two", 2)),
)  # fmt: skip
def no_task_begins_before_its_past(trace: Trace) -> bool:
    """Before a run's task begins, that task of the run asked for just before it has ended."""
    for began in trace.of(TaskBegan):
        its = began.event
        asked = [e.event.run for e in before(trace, began, RunAsked) if e.event.pipeline == its.pipeline]
        if its.run not in asked:
            continue
        place = len(asked) - 1 - asked[::-1].index(its.run)
        past = [e.event for e in before(trace, began, TaskEnded)]
        if place and not any(
            (one.pipeline, one.run, one.task) == (its.pipeline, asked[place - 1], its.task) for one in past
        ):
            return False
    return True


@check(
    (0.0, DayBegan("b", "day-1", "run-1")), (1.0, DayBegan("b", "day-2", "run-2")),
    (2.0, DayLeft("b", "day-1", "run-1")), (3.0, DayBegan("b", "day-1", "run-3")),
    (4.0, DayLeft("b", "day-1", "run-3")), (5.0, DayLeft("b", "day-2", "run-2")),
)  # fmt: skip
def no_day_is_computed_by_two_runs_at_once(trace: Trace) -> bool:
    """When a run begins a day, each earlier beginning of the day has been followed by its leaving."""
    for began in trace.of(DayBegan):
        day = began.event.backfill, began.event.day
        so_far = [e.event for e in before(trace, began, DayBegan, DayLeft) if (e.event.backfill, e.event.day) == day]
        for run in {one.run for one in so_far}:
            inside = 0
            for one in so_far:
                if one.run == run:
                    inside = inside + 1 if isinstance(one, DayBegan) else max(inside - 1, 0)
            if inside:
                return False
    return True


@check(
    (0.0, ArtifactStored("one", 1, "models/one", "w1")), (1.0, ArtifactStored("two", 1, "models/two", "w2")),
    (2.0, ArtifactStored("three", 1, "models/three", "w3")),
)  # fmt: skip
def an_artifact_is_stored_once(trace: Trace) -> bool:
    """No path was stored twice."""
    paths = [e.event.path for e in trace.of(ArtifactStored)]
    return len(paths) == len(set(paths))


@check(
    (0.0, ArtifactStored("one", 1, "models/one", "w1")), (1.0, ArtifactRecorded("one", "models/one", "w1", 0.5)),
    (2.0, ArtifactStored("two", 1, "models/two", "w2")), (3.0, ArtifactRecorded("two", "models/two", "w2", 0.4)),
    (4.0, ArtifactAudited("one", "models/one", "w1", 0.5)), (5.0, ArtifactAudited("two", "models/two", "w2", 0.4)),
)  # fmt: skip
def every_run_keeps_the_model_it_evaluated(trace: Trace) -> bool:
    """Each audited run's last record names weights that it stored, and the audit found these."""
    stored = [(e.event.run, e.event.weights) for e in trace.of(ArtifactStored)]
    for audited in [e.event for e in trace.of(ArtifactAudited)]:
        recorded = [e.event.weights for e in trace.of(ArtifactRecorded) if e.event.run == audited.run]
        if recorded and ((audited.run, recorded[-1]) not in stored or recorded[-1] != audited.weights):
            return False
    return True
