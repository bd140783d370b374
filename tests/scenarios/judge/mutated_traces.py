"""Traces that differ from one that keeps a promise: events dropped, doubled, in another order, of another owner, later.

The times of a trace never fall, so an event that changes its place takes the time of that place.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gateway_sim.scenarios.judge.promises import Promise
from gateway_sim.scenarios.sim.trace import Entry, Trace
from tests.scenarios.judge.plain_checks import Checked

LATER_S = (0.5, 3.0, 20.0, 150.0)
"""Each exceeds another limit of `scenarios/judge/limits.py`."""


def trace_of(entries: Sequence[Entry]) -> Trace:
    """Return a trace of these entries."""
    trace = Trace()
    trace.entries = list(entries)
    return trace


def keeps(promise: Promise, trace: Trace) -> bool:
    """Return whether a trace keeps a promise; one that crashes has proved nothing."""
    try:
        return not list(promise(trace))
    except Exception:
        return False


def broken_of(promise: Promise, check: Checked, examples: int, possible: Callable[[Trace], bool]) -> int:
    """Compare promise and check on so many mutations of its trace that are possible; return how many broke both."""
    broken: list[bool] = []

    @settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(mutated(check.kept))
    def compare(trace: Trace) -> None:
        assume(possible(trace))
        kept = keeps(promise, trace)
        says = "kept" if kept else "broken"
        assert kept == check.holds(trace), f"{promise.__name__} is {says}, and its check differs:\n{trace.text()}"
        broken.append(not kept)

    compare()
    return sum(broken)


@st.composite
def mutated(draw: st.DrawFn, kept: Sequence[Entry]) -> Trace:
    """Draw up to three mutations of a trace; with none it is the trace itself."""
    entries = list(kept)
    for mutate in draw(st.lists(st.sampled_from([_drop, _double, _reorder, _swap, _delay]), max_size=3)):
        if entries:
            entries = mutate(draw, entries)
    return trace_of(entries)


def _drop(draw: st.DrawFn, entries: list[Entry]) -> list[Entry]:
    n = draw(_place(entries))
    return entries[:n] + entries[n + 1 :]


def _double(draw: st.DrawFn, entries: list[Entry]) -> list[Entry]:
    n = draw(_place(entries))
    again = draw(st.integers(n, len(entries) - 1))
    return [*entries[: again + 1], _at(entries[n], entries[again].at_s), *entries[again + 1 :]]


def _reorder(draw: st.DrawFn, entries: list[Entry]) -> list[Entry]:
    n = draw(_place(entries))
    to = draw(_place(entries))
    moved = entries[:n] + entries[n + 1 :]
    moved.insert(to, entries[n])
    return [_at(entry, before.at_s) for entry, before in zip(moved, entries, strict=True)]


def _swap(draw: st.DrawFn, entries: list[Entry]) -> list[Entry]:
    """Exchange one field of the same name, such as the owner, between two events."""
    n, m = draw(_place(entries)), draw(_place(entries))
    one, other = entries[n], entries[m]
    theirs = other.fields()
    differ = [name for name, value in one.fields().items() if theirs.get(name, value) != value]
    differ = [name for name in differ if None in (theirs[name], one.fields()[name]) or _alike(one, other, name)]
    if not differ:
        return entries
    name = draw(st.sampled_from(differ))
    exchanged = list(entries)
    exchanged[n] = _with(one, name, getattr(other.event, name))
    exchanged[m] = _with(other, name, getattr(one.event, name))
    return exchanged


def _alike(one: Entry, other: Entry, name: str) -> bool:
    return type(getattr(one.event, name)) is type(getattr(other.event, name))


def _delay(draw: st.DrawFn, entries: list[Entry]) -> list[Entry]:
    n, later_s = draw(_place(entries)), draw(st.sampled_from(LATER_S))
    return entries[:n] + [_at(entry, entry.at_s + later_s) for entry in entries[n:]]


def _place(entries: list[Entry]) -> st.SearchStrategy[int]:
    return st.integers(0, len(entries) - 1)


def _at(entry: Entry, at_s: float) -> Entry:
    return dataclasses.replace(entry, at_s=at_s)


def _with(entry: Entry, name: str, value: Any) -> Entry:
    return dataclasses.replace(entry, event=dataclasses.replace(entry.event, **{name: value}))
