"""A limit that loses places lets runs wait for nothing, whatever it has counted."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import (
    HolderBegan,
    HolderDied,
    HolderEnded,
    HolderStopped,
    HolderWaits,
    LaunchingEnded,
)
from gateway_sim.scenarios.sim.trace import Entry, Trace

ROUNDING_S = 1e-6
"""What sums of seconds may be off by."""


def no_place_idles_while_a_run_waits(trace: Trace) -> Iterator[Violation]:
    """No place idles while a run waits: a free place is taken the next time that the scheduler asks for it.

    The runs' own events say which places are free. The place of a dead run is free after the time that it may take.
    """
    for waits, idle_s in idle_places(trace):
        yield Violation.of(
            f"{waits.event.holder} waited for {idle_s:.0f} s too long beside a free place of {waits.event.name}, which "
            f"allows {waits.event.limit}",
            waits,
        )


def idle_places(trace: Trace) -> Iterator[tuple[Entry, float]]:
    """Yield a waiting run for each time in which a place idled, and for how many seconds beyond one question."""
    for name in dict.fromkeys(entry.event.name for entry in trace.of(HolderWaits)):
        waiting: dict[str, Entry] = {}
        holding = set[str]()
        idle: tuple[Entry, float] | None = None
        for at_s, changes in _by_time(trace, name):
            held = len(holding)
            for entry in changes:
                _apply(entry, at_s, waiting, holding)
            first = next(iter(waiting.values()), None)
            idles = first is not None and len(holding) < first.event.limit
            if idle is not None:
                began = sum(isinstance(entry.event, HolderBegan) for entry in changes)
                # a place that became free at the moment at which the others were taken idles from now on
                if not idles or began >= idle[0].event.limit - held:
                    idle_s = at_s - idle[1] - idle[0].event.asked_every_s
                    if idle_s > ROUNDING_S:
                        yield idle[0], idle_s
                    idle = None
            if first is not None and idles and (idle is None or idle[0].event.holder not in waiting):
                idle = first, at_s if idle is None else idle[1]
        if idle is not None and (idle_s := trace.entries[-1].at_s - idle[1] - idle[0].event.asked_every_s) > ROUNDING_S:
            yield idle[0], idle_s


def _by_time(trace: Trace, name: str) -> Iterator[tuple[float, list[Entry]]]:
    """Yield the moments at which something changes for a limit, and its events then.

    A death comes twice: when the run dies, and when its place must be free.
    """
    changes: dict[float, list[Entry]] = {}
    for entry in trace.of(HolderWaits, HolderBegan, HolderDied, HolderEnded, HolderStopped, LaunchingEnded):
        if entry.event.name == name:
            changes.setdefault(entry.at_s, []).append(entry)
            if isinstance(entry.event, HolderDied):
                changes.setdefault(entry.at_s + entry.event.within_s, []).append(entry)
    yield from sorted(changes.items())


def _apply(entry: Entry, at_s: float, waiting: dict[str, Entry], holding: set[str]) -> None:
    match entry.event:
        case HolderWaits(holder=holder):
            waiting[holder] = entry
        case HolderBegan(holder=holder):
            waiting.pop(holder, None)
            holding.add(holder)
        case HolderEnded(holder=holder) | HolderStopped(holder=holder):
            holding.discard(holder)
        case HolderDied(holder=holder) if at_s > entry.at_s:
            holding.discard(holder)
        case LaunchingEnded():
            waiting.clear()
        case _:
            pass
