"""The measure of a fix that is kind to the gateway."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.oracles import Violation
from scenarios.reports.measure import peaks
from scenarios.world.trace import Trace

MOST_PER_S = 5


def nobody_asks_more_than_five_times_a_second(trace: Trace) -> Iterator[Violation]:
    """Nobody asks more than five times a second for any one future."""
    for name, most, at_s in peaks(trace):
        if most > MOST_PER_S:
            yield Violation(f"{name} was sent {most} times within one second", at_s)
