"""The first promise: training ends where the user wanted it to end."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.measure import ended_s
from scenarios.judge.promises import Violation
from scenarios.sim.events import RunFailed, RunFinished, RunHung
from scenarios.sim.trace import Trace


def the_run_finishes(trace: Trace) -> Iterator[Violation]:
    """The run finishes: with its job alive, the user's script reaches its end."""
    for entry in trace.of(RunFailed):
        failed = entry.event
        where = f" on the {failed.leg} leg" if failed.leg else ""
        yield Violation(f"the run died of {failed.type}{where}: {failed.message}", entry.at_s)
    for entry in trace.of(RunHung):
        hung = entry.event
        yield Violation(f"the run had not ended after {hung.after_s:g} s and {hung.requests} requests", entry.at_s)
    if not any(trace.reached(end) for end in (RunFinished, RunFailed, RunHung)):
        yield Violation("the run was left before its end", ended_s(trace))
