"""Traces that differ from one that keeps a promise: events dropped, doubled, in another order, of another owner, later.

The times of a trace never fall, so an event that changes its place takes the time of that place.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from gateway_sim.scenarios.sim.trace import Entry, Trace

LATER_S = (0.5, 3.0, 20.0, 150.0)
"""Each exceeds another limit of `scenarios/judge/limits.py`."""


def trace_of(entries: Sequence[Entry]) -> Trace:
    """Return a trace of these entries."""
    trace = Trace()
    trace.entries = list(entries)
    return trace


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
    differ = [name for name, value in one.fields().items() if other.fields().get(name, value) != value]
    if not differ:
        return entries
    name = draw(st.sampled_from(differ))
    exchanged = list(entries)
    exchanged[n] = _with(one, name, getattr(other.event, name))
    exchanged[m] = _with(other, name, getattr(one.event, name))
    return exchanged


def _delay(draw: st.DrawFn, entries: list[Entry]) -> list[Entry]:
    n, later_s = draw(_place(entries)), draw(st.sampled_from(LATER_S))
    return entries[:n] + [_at(entry, entry.at_s + later_s) for entry in entries[n:]]


def _place(entries: list[Entry]) -> st.SearchStrategy[int]:
    return st.integers(0, len(entries) - 1)


def _at(entry: Entry, at_s: float) -> Entry:
    return dataclasses.replace(entry, at_s=at_s)


def _with(entry: Entry, name: str, value: Any) -> Entry:
    return dataclasses.replace(entry, event=dataclasses.replace(entry.event, **{name: value}))
