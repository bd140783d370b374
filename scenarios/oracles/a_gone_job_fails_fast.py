"""Waiting for a job that will not come back helps nobody."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.events import JobGone, RunFailed, RunHung
from scenarios.oracles import Violation
from scenarios.reports.measure import AT_ONCE_S
from scenarios.world.trace import Trace


def a_gone_job_fails_fast(trace: Trace) -> Iterator[Violation]:
    """A gone job fails fast: within 2 s of a deletion the user's script has ended with an error."""
    gone = next(trace.of(JobGone), None)
    if gone is None:
        return
    ended = next(trace.of(RunFailed, RunHung), None)
    if ended is not None and ended.at_s - gone.at_s > AT_ONCE_S:
        yield Violation(f"the job was gone for {ended.at_s - gone.at_s:.1f} s before its run ended", ended.at_s)
    if ended is None:
        yield Violation("the job was gone, and its run never noticed", gone.at_s)
