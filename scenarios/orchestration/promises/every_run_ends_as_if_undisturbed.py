"""Scheduling must not change the result of a run."""

from collections.abc import Iterator
from itertools import takewhile

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.events import RunFailed, RunFinished, RunStarted, WorldBuilt
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.events import StepApplied


def every_run_ends_as_if_undisturbed(trace: Trace) -> Iterator[Violation]:
    """Every run ends as if undisturbed: it finishes, and its weights are those without any scheduler.

    The source of a run's events is its job's name.
    """
    wanted = next(trace.of(WorldBuilt)).event.undisturbed
    for started in trace.of(RunStarted):
        job = started.source
        end = next((e for e in trace.reported_by(job).of(RunFinished, RunFailed)), None)
        if end is None:
            yield Violation(f"the run of {job} did not end", trace.entries[-1].at_s, (started,))
        elif isinstance(end.event, RunFailed):
            yield Violation.of(f"the run of {job} died of {end.event.type}: {end.event.message}", end)
        else:
            until_end = takewhile(lambda e, end=end: e is not end, trace.entries)  # type: ignore[misc]
            applied = [e.event for e in until_end if isinstance(e.event, StepApplied) and e.event.job == job]
            got = applied[-1].weights if applied else "none"
            if got != wanted:
                yield Violation.of(f"{job} ended with weights {got[:12]}, the undisturbed run's are {wanted[:12]}", end)
