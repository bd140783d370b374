"""Whatever cannot be, should be said."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.measure import refused_for_s
from scenarios.judge.promises import Violation
from scenarios.sim.events import RunFailed, RunHung, RunStarted, StepAcknowledged
from scenarios.sim.trace import Entry, Trace

IN_TIME_S = 125.0
"""PR 348 bounds its warm-up by 120 s; the last probe may be under way when they end."""


def the_caller_hears_in_time(trace: Trace) -> Iterator[Violation]:
    """The caller hears in time: a run that cannot go on ends with an error within 125 s of the first refusal.

    A run that was never refused and never ends hangs from the last thing its user heard.
    """
    for entry in trace.of(RunFailed, RunHung):
        refused_s = refused_for_s(trace, entry)
        if refused_s > IN_TIME_S:
            told = "before it was told" if isinstance(entry.event, RunFailed) else "and told nothing"
            yield Violation(f"the caller was refused for {refused_s:.0f} s {told}", entry.at_s)
        elif isinstance(entry.event, RunHung) and refused_s == 0 and (silent_s := _silent_s(trace, entry)) > IN_TIME_S:
            yield Violation(f"the caller was told nothing in {silent_s:.0f} s", entry.at_s)


def _silent_s(trace: Trace, hung: Entry) -> float:
    return hung.at_s - max((e.at_s for e in trace.of(RunStarted, StepAcknowledged)), default=0.0)
