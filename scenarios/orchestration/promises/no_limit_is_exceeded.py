"""Two schedulers that share a limit must count together."""

from collections.abc import Iterator

from gateway_sim.control_plane.events import LimitGivenBack, LimitTaken
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.trace import Trace


def no_limit_is_exceeded(trace: Trace) -> Iterator[Violation]:
    """No limit is exceeded: it never has more holders than it allows."""
    for entry in trace.of(LimitTaken):
        event = entry.event
        if event.held > event.limit:
            yield Violation.of(f"{event.held} hold {event.name}, which allows {event.limit}", entry)


def over_limit_s(trace: Trace) -> float:
    """Return for how many seconds holders exceeded their limit, summed over the holders beyond it."""
    total_s, since_s, over, limit = 0.0, 0.0, 0, 0
    for entry in trace.of(LimitTaken, LimitGivenBack):
        if isinstance(entry.event, LimitTaken):
            limit = entry.event.limit
        total_s += over * (entry.at_s - since_s)
        since_s, over = entry.at_s, max(entry.event.held - limit, 0)
    return total_s
