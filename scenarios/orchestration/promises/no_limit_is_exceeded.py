"""A limit that two schedulers share is one number for both."""

from __future__ import annotations

from collections.abc import Iterator

from control_plane.events import LimitTaken
from scenarios.judge.promises import Violation
from scenarios.sim.trace import Trace


def no_limit_is_exceeded(trace: Trace) -> Iterator[Violation]:
    """No limit is exceeded: never do more hold it than it allows."""
    for entry in trace.of(LimitTaken):
        event = entry.event
        if event.held > event.limit:
            yield Violation(f"{event.held} hold {event.name}, which allows {event.limit}", entry.at_s, (entry,))
