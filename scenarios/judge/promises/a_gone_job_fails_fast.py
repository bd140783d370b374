"""Waiting for a job that will not come back helps nobody."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.measure import AT_ONCE_S
from scenarios.judge.promises import Violation
from scenarios.sim.events import JobDeleted, RunFailed, RunFinished, RunHung
from scenarios.sim.trace import Trace


def a_gone_job_fails_fast(trace: Trace) -> Iterator[Violation]:
    """A gone job fails fast: within 2 s of a deletion the user's script has ended with the error of a refused call."""
    gone = next(trace.of(JobDeleted), None)
    if gone is None:
        return
    ended = next(trace.of(RunFinished, RunFailed, RunHung), None)
    if ended is None:
        yield Violation("the job was gone, and its run never noticed", gone.at_s)
        return
    after_s = ended.at_s - gone.at_s
    if after_s < 0:
        return
    if isinstance(ended.event, RunFinished):
        yield Violation(f"the run reached its end {after_s:.1f} s after its job was gone", ended.at_s)
    elif isinstance(ended.event, RunHung):
        yield Violation(f"the job had been gone for {after_s:.1f} s, and its run still went on", ended.at_s)
    elif ended.event.status is None and ended.event.leg is None:
        # whatever the script died of, nobody told it that its job is gone
        yield Violation(f"the run died of {ended.event.type}, which no refused call is behind", ended.at_s)
    elif after_s > AT_ONCE_S:
        yield Violation(f"the job was gone for {after_s:.1f} s before its run ended", ended.at_s)
