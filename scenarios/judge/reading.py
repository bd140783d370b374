"""Readings: facts computed from a trace, once for all promises, anomalies and figures that need them."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from gateway_sim.scenarios.sim.trace import Trace

T = TypeVar("T")


def reading(read: Callable[[Trace], Iterable[T]]) -> Callable[[Trace], tuple[T, ...]]:
    """Return `read` with its result cached for each trace until the trace grows."""
    taken: WeakKeyDictionary[Trace, tuple[int, tuple[T, ...]]] = WeakKeyDictionary()

    @wraps(read)
    def once(trace: Trace) -> tuple[T, ...]:
        length, found = taken.get(trace, (-1, ()))
        if length != len(trace.entries):
            found = tuple(read(trace))
            taken[trace] = len(trace.entries), found
        return found

    return once
