"""An upgrade of a shared library is no change of a job, and yet the job that ran yesterday fails today."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import RunCrashed
from gateway_sim.scenarios.sim.trace import Trace


def no_run_fails_in_its_runtime(trace: Trace) -> Iterator[Violation]:
    """No run fails in its runtime: an image in which a job cannot run is never the job's."""
    for entry in trace.of(RunCrashed):
        crashed = entry.event
        yield Violation.of(
            f"{crashed.job} failed on day {crashed.day} in {crashed.digest[:19]}: {crashed.error}", entry
        )
