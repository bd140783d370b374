"""Training must reach the end of the user's script."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.measure import ended_s, run_end
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.events import RunFailed, RunHung
from gateway_sim.scenarios.sim.trace import Trace


def the_run_finishes(trace: Trace) -> Iterator[Violation]:
    """The run finishes: while its job is alive, the user's script reaches its end."""
    for entry in trace.of(RunFailed):
        failed = entry.event
        where = f" on the {failed.leg} leg" if failed.leg else ""
        yield Violation.of(f"the run died of {failed.type}{where}: {failed.message}", entry)
    for entry in trace.of(RunHung):
        hung = entry.event
        message = f"the run had not ended after {hung.after_s:g} s and {hung.requests} requests"
        yield Violation.of(message, entry)
    if run_end(trace) is None:
        yield Violation("the run was stopped before its end", ended_s(trace), tuple(trace.entries[-1:]))
