"""Two schedulers that share a limit must count together."""

from collections import defaultdict
from collections.abc import Iterator

from gateway_sim.control_plane.events import LimitGivenBack, LimitLeaseEnded, LimitTaken
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.trace import Entry, Trace


def no_limit_is_exceeded(trace: Trace) -> Iterator[Violation]:
    """No limit is exceeded: it never has more holders than it allows, whatever number it has counted itself."""
    for entry, held, limit in _counted(trace):
        if isinstance(entry.event, LimitTaken) and held > limit:
            yield Violation.of(f"{held} hold {entry.event.name}, which allows {limit}", entry)


def over_limit_s(trace: Trace) -> float:
    """Return for how many seconds holders exceeded their limit, summed over the holders beyond it."""
    total_s, since_s = 0.0, 0.0
    over: dict[str, int] = {}
    for entry, held, limit in _counted(trace):
        total_s += sum(over.values()) * (entry.at_s - since_s)
        since_s = entry.at_s
        over[entry.event.name] = max(held - limit, 0)
    return total_s


def _counted(trace: Trace) -> Iterator[tuple[Entry, int, int]]:
    """Yield each change of a limit with the number of its holders after it, and what it allows."""
    held: dict[str, int] = defaultdict(int)
    limits: dict[str, int] = {}
    for entry in trace.of(LimitTaken, LimitLeaseEnded, LimitGivenBack):
        name = entry.event.name
        held[name] += 1 if isinstance(entry.event, LimitTaken) else -1
        if isinstance(entry.event, LimitTaken):
            limits[name] = entry.event.limit
        yield entry, held[name], limits.get(name, 0)
