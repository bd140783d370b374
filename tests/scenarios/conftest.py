"""What the tests of worlds share in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scenarios.sim.moto import MOTO
from scenarios.sim.trace import Trace

Told = tuple[float, Any]
"""When, and which event."""


@pytest.fixture(scope="module", autouse=True)
def moto_in_place() -> Iterator[None]:
    """Hold moto over all worlds of a file, as a sweep does: to put it in place costs a fifth of a race."""
    with MOTO.held():
        yield


@pytest.fixture
def history() -> Callable[..., Trace]:
    """Give a function that makes a trace of (second, event) pairs, in the order they are given."""

    def write(*told: Told) -> Trace:
        trace, now_s = Trace(), 0.0
        trace.clock(lambda: now_s)
        emit = trace.emitter("by hand")
        for now_s, event in told:  # noqa: B007 - the trace's clock reads it
            emit(event)
        return trace

    return write


@pytest.fixture
def broken() -> Callable[..., list[tuple[float, str]]]:
    """Give a function that holds a trace to a promise and returns when and how it was broken."""

    def judge(promise: Any, trace: Trace) -> list[tuple[float, str]]:
        return [(violation.at_s, violation.message) for violation in promise(trace)]

    return judge
