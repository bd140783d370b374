"""What a limit protects suffers from the runs that compute, whatever the limit has counted."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import (
    HolderBegan,
    HolderDied,
    HolderEnded,
    HolderFroze,
    HolderStopped,
    HolderWoke,
)
from gateway_sim.scenarios.sim.trace import Entry, Trace


def no_more_runs_compute_than_a_limit_allows(trace: Trace) -> Iterator[Violation]:
    """No more runs compute than a limit allows, counted by the runs themselves and not by the limit."""
    for entry, computing, limit in _counted(trace):
        if computing > limit and isinstance(entry.event, HolderBegan | HolderWoke):
            yield Violation.of(f"{computing} runs compute under {entry.event.name}, which allows {limit}", entry)


def too_many_s(trace: Trace) -> float:
    """Return for how many seconds runs computed beyond their limit, summed over these runs."""
    total_s, since_s, over = 0.0, 0.0, 0
    for entry, computing, limit in _counted(trace):
        total_s += over * (entry.at_s - since_s)
        since_s, over = entry.at_s, max(computing - limit, 0)
    return total_s


def _counted(trace: Trace) -> Iterator[tuple[Entry, int, int]]:
    """Yield each event of a holder with the number of runs that compute after it, and their limit."""
    computing: dict[str, int] = {}
    limit = 0
    for entry in trace.of(HolderBegan, HolderEnded, HolderDied, HolderFroze, HolderWoke, HolderStopped):
        holder = entry.event.holder
        if isinstance(entry.event, HolderBegan | HolderWoke):
            limit = entry.event.limit if isinstance(entry.event, HolderBegan) else limit
            computing[holder] = 1
        else:
            computing.pop(holder, None)
        yield entry, len(computing), limit
