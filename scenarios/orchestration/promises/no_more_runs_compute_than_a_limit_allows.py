"""What a limit protects suffers from the runs that compute, whatever the limit has counted."""

from collections import defaultdict
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
    total_s, since_s = 0.0, 0.0
    over: dict[str, int] = {}
    for entry, computing, limit in _counted(trace):
        total_s += sum(over.values()) * (entry.at_s - since_s)
        since_s = entry.at_s
        over[entry.event.name] = max(computing - limit, 0)
    return total_s


def _counted(trace: Trace) -> Iterator[tuple[Entry, int, int]]:
    """Yield each event of a holder with the number of runs that compute after it, and their limit."""
    computing: dict[str, set[str]] = defaultdict(set)
    limits: dict[str, int] = {}
    for entry in trace.of(HolderBegan, HolderEnded, HolderDied, HolderFroze, HolderWoke, HolderStopped):
        name, holder = entry.event.name, entry.event.holder
        if isinstance(entry.event, HolderBegan):
            limits[name] = entry.event.limit
        if isinstance(entry.event, HolderBegan | HolderWoke):
            computing[name].add(holder)
        else:
            computing[name].discard(holder)
        yield entry, len(computing[name]), limits.get(name, 0)
