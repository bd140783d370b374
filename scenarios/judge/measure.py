"""The outcome and the figures of a run, read from its trace. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from client.events import CallAnswered, CallLost, CallSent, ControlPlaneProbed
from gateway_sim.events import StrongRead
from scenarios.sim.events import JobDeleted, RunFailed, RunFinished, StepAcknowledged, WorldBuilt
from scenarios.sim.trace import Entry, Trace
from trainer_pod.events import OperationFailed, StepApplied

Outcome = Literal["completed", "crashed", "failed_fast", "gave_up", "hung"]

AT_ONCE_S = 2.0
"""An error told within this time of the first refusal was told at once."""


@dataclass(frozen=True)
class Metrics:
    """What a run cost. Times are seconds on the world's clock, but for `wall_s`; None where it never came to that."""

    first_step_s: float | None
    finished_s: float
    wall_s: float
    requests: int
    peak_requests_per_s: int
    control_plane_probes: int
    strong_reads: int
    steps_intended: int
    steps_applied: int
    steps_applied_twice: int


def outcome(trace: Trace) -> Outcome:
    """Name how the user's run ended.

    completed: the script reached its end. hung: it had not ended at the horizon. Otherwise it died of an error:
    gave_up after having been refused for longer than `AT_ONCE_S`; failed_fast at once, with the job truly gone or its
    trainer broken; crashed at once, with the job alive.
    """
    if trace.reached(RunFinished):
        return "completed"
    failed = next(trace.of(RunFailed), None)
    if failed is None:
        return "hung"
    if refused_for_s(trace, failed) > AT_ONCE_S:
        return "gave_up"
    dead = any(e.at_s <= failed.at_s for e in trace.of(JobDeleted, OperationFailed))
    return "failed_fast" if dead else "crashed"


def refused_for_s(trace: Trace, failed: Entry) -> float:
    """Return the seconds from the first refusal since the last acknowledged step to the error; 0 without one."""
    last_good_s = max((e.at_s for e in trace.of(StepAcknowledged)), default=0.0)
    first = next((e.at_s for e in refusals(trace) if e.at_s >= last_good_s), failed.at_s)
    return failed.at_s - first


def refusals(trace: Trace) -> Iterator[Entry]:
    """Yield the answers that refused a call of the user's run: not beats, and not a poll's 408, "not yet"."""
    for entry in trace.of(CallAnswered, CallLost):
        event = entry.event
        if event.leg not in ("connect", "dispatch", "poll"):
            continue
        if isinstance(event, CallLost) or (event.status >= 400 and event.status != 408):
            yield entry


def metrics(trace: Trace, wall_s: float) -> Metrics:
    """Count a run's figures; `peak_requests_per_s` is the most requests within one second for any one future."""
    first = next(trace.of(StepAcknowledged), None)
    built = next(trace.of(WorldBuilt), None)
    return Metrics(
        first_step_s=round(first.at_s, 6) if first else None,
        finished_s=round(ended_s(trace), 6),
        wall_s=round(wall_s, 3),
        requests=sum(1 for _ in trace.of(CallSent)),
        peak_requests_per_s=max((peak for _, peak, _ in peaks(trace)), default=0),
        control_plane_probes=sum(1 for _ in trace.of(ControlPlaneProbed)),
        strong_reads=sum(1 for _ in trace.of(StrongRead)),
        steps_intended=built.event.steps if built else 0,
        steps_applied=sum(1 for _ in trace.of(StepApplied)),
        steps_applied_twice=sum(times for _, times in applied_again(trace)),
    )


def ended_s(trace: Trace) -> float:
    """Return when the run ended: with the script's end if it had one, with the trace otherwise."""
    end = next(trace.of(RunFinished, RunFailed), None) or (trace.entries[-1] if trace.entries else None)
    return end.at_s if end else 0.0


def applied_again(trace: Trace) -> Iterator[tuple[Entry, int]]:
    """Yield each optimizer step that moved the weights other than once for its batch, and how many times too often.

    The user sends `batches_a_step` batches before each step: more accumulated is a gradient counted twice, fewer is a
    step on a part of them, or on momentum alone.
    """
    built = next(trace.of(WorldBuilt), None)
    wanted = built.event.batches_a_step if built else 1
    for entry in trace.of(StepApplied):
        accumulated = entry.event.accumulated
        if accumulated != wanted:
            yield entry, max(accumulated - wanted, 1)


def future_of(entry: Entry) -> str:
    """Name the future that a `CallSent` is for: by its request id, its path and seq_id, or its path alone."""
    call: CallSent = entry.event
    name = call.request_id or (f"{call.path}#{call.seq_id}" if call.seq_id is not None else call.path)
    return f"{entry.source} {name}" if entry.source.startswith("client-") else name  # client-N: one of a herd


def peaks(trace: Trace) -> Iterator[tuple[str, int, float]]:
    """Yield for each future its name, the most requests sent for it within one second, and when that was reached."""
    sent: dict[str, list[float]] = defaultdict(list)
    for entry in trace.of(CallSent):
        sent[future_of(entry)].append(entry.at_s)
    for name, times in sent.items():
        yield name, *_peak(times)


def _peak(times: Iterable[float]) -> tuple[int, float]:
    window: deque[float] = deque()
    most, at_s = 0, 0.0
    for now in times:
        window.append(now)
        while window[0] <= now - 1.0:
            window.popleft()
        if len(window) > most:
            most, at_s = len(window), now
    return most, at_s
