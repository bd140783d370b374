"""A mitigation that storms the gateway is an outage of its own."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.measure import peaks
from scenarios.judge.promises import Violation
from scenarios.sim.trace import Trace

MOST_PER_S = 20
"""Requests per second for one future: above any backoff's first tries, far below a loop without a wait."""


def no_busy_polling(trace: Trace) -> Iterator[Violation]:
    """No busy polling: no future is asked for more than 20 times within a second."""
    for name, most, at_s in peaks(trace):
        if most > MOST_PER_S:
            yield Violation(f"{name} was sent {most} times within one second", at_s)
