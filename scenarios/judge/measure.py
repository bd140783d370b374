"""The outcome and the figures of a run, read from its trace. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gateway_sim.client.events import CallAnswered, CallLost, CallSent, ControlPlaneProbed
from gateway_sim.events import StrongRead
from gateway_sim.scenarios.judge.limits import AT_ONCE_S
from gateway_sim.scenarios.judge.requests import futures
from gateway_sim.scenarios.judge.steps import applied_steps
from gateway_sim.scenarios.sim.events import JobDeleted, RunFailed, RunFinished, RunHung, StepAcknowledged, WorldBuilt
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod.events import OperationFailed, StepApplied

Outcome = Literal["completed", "crashed", "failed_fast", "gave_up", "hung"]


@dataclass(frozen=True)
class Metrics:
    """What a run cost. Times are seconds on the world's clock, except `wall_s`; None where the event never happened."""

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
    gave_up after refusals for longer than `AT_ONCE_S`; failed_fast at once, its job deleted or its trainer broken;
    crashed at once, its job alive.
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


def run_end(trace: Trace) -> Entry | None:
    """Return the entry that ended or stopped the user's run; None if there is none."""
    return next(trace.of(RunFinished, RunFailed, RunHung), None)


@dataclass(frozen=True)
class Gone:
    """The deletion of a job whose run had not ended, and the end of that run, if there was one."""

    deleted: Entry
    ended: Entry | None

    @property
    def witness(self) -> tuple[Entry, ...]:
        """The deletion and the end."""
        return (self.deleted, self.ended) if self.ended else (self.deleted,)


def gone(trace: Trace) -> Gone | None:
    """Return the deletion of the job before the end of its run; None if there was none."""
    deleted, ended = next(trace.of(JobDeleted), None), run_end(trace)
    if deleted is None or (ended is not None and ended.at_s < deleted.at_s):
        return None
    return Gone(deleted, ended)


def first_refusal(trace: Trace) -> Entry | None:
    """Return the first refusal since the last acknowledged step, if there was one."""
    last_good_s = max((e.at_s for e in trace.of(StepAcknowledged)), default=0.0)
    return next((e for e in refusals(trace) if e.at_s >= last_good_s), None)


def refused_for_s(trace: Trace, end: Entry) -> float:
    """Return the seconds from the first refusal since the last acknowledged step to `end`; 0 without a refusal."""
    first = first_refusal(trace)
    return end.at_s - first.at_s if first else 0.0


def refusals(trace: Trace) -> Iterator[Entry]:
    """Yield the refusals and losses of the run's calls, without heartbeats and without the 408 of a poll, "not yet"."""
    for entry in trace.of(CallAnswered, CallLost):
        event = entry.event
        if event.leg not in ("connect", "dispatch", "sample", "poll"):
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
        peak_requests_per_s=max((len(future.busiest) for future in futures(trace)), default=0),
        control_plane_probes=sum(1 for _ in trace.of(ControlPlaneProbed)),
        strong_reads=sum(1 for _ in trace.of(StrongRead)),
        steps_intended=built.event.steps if built else 0,
        steps_applied=sum(1 for _ in trace.of(StepApplied)),
        steps_applied_twice=sum(step.extra for step in applied_steps(trace)),
    )


def ended_s(trace: Trace) -> float:
    """Return the second at which the script ended; without an end, that of the trace's last entry."""
    end = next(trace.of(RunFinished, RunFailed), None) or (trace.entries[-1] if trace.entries else None)
    return end.at_s if end else 0.0
