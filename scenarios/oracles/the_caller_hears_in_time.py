"""Whatever cannot be, should be said."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.events import RunFailed, RunHung
from scenarios.oracles import Violation
from scenarios.reports.measure import refused_for_s
from scenarios.world.trace import Trace

IN_TIME_S = 125.0
"""PR 348 bounds its warm-up by 120 s; the last probe may be under way when they end."""


def the_caller_hears_in_time(trace: Trace) -> Iterator[Violation]:
    """The caller hears in time: a run that cannot go on ends with an error within 125 s of the first refusal."""
    failed = next(trace.of(RunFailed), None)
    if failed is not None:
        waited_s = refused_for_s(trace, failed)
        if waited_s > IN_TIME_S:
            yield Violation(f"the caller was refused for {waited_s:.0f} s before it was told", failed.at_s)
        return
    hung = next(trace.of(RunHung), None)
    if hung is not None and hung.event.after_s > IN_TIME_S:
        yield Violation(f"the caller was told nothing in {hung.event.after_s:.0f} s", hung.at_s)
