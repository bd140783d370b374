"""The first promise: training ends where the user wanted it to end."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.events import RunFailed, RunFinished, RunHung
from scenarios.oracles import Violation
from scenarios.world.trace import Trace


def the_run_finishes(trace: Trace) -> Iterator[Violation]:
    """The run finishes: with its job alive, the user's script reaches its end."""
    for entry in trace.of(RunFailed):
        failed = entry.event
        where = f" on the {failed.leg} leg" if failed.leg else ""
        yield Violation(f"the run died of {failed.type}{where}: {failed.message}", entry.at_s)
    for entry in trace.of(RunHung):
        if not trace.reached(RunFinished):
            yield Violation(f"the run had not ended after {entry.event.horizon_s:g} s", entry.at_s)
