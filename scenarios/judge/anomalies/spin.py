"""A loop without a wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from client.events import CallSent
from scenarios.judge.anomalies import Witness
from scenarios.judge.measure import future_of
from scenarios.judge.promises.no_busy_polling import MOST_PER_S
from scenarios.sim.trace import Entry, Trace


def spin(trace: Trace) -> Iterator[Witness]:
    """One future is asked for more than 20 times within a second; told once a future, when it begins to."""
    sent: dict[str, list[Entry]] = defaultdict(list)
    for entry in trace.of(CallSent):
        sent[future_of(entry)].append(entry)
    for name, entries in sent.items():
        for first, last in zip(entries, entries[MOST_PER_S:], strict=False):
            if last.at_s - first.at_s < 1.0:
                start = entries.index(first)
                why = f"{name} was sent {MOST_PER_S + 1} times within {last.at_s - first.at_s:.3f} s"
                yield Witness(why, tuple(entries[start : start + MOST_PER_S + 1]))
                break
