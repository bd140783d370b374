"""A deletion that nobody can hear of yet is waited for; one that can be heard of is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from client.events import RetryScheduled
from control_plane.events import AnswerDelayed, PodPlaced
from scenarios.judge.promises import Violation
from scenarios.sim.events import FaultInjected, FaultLifted, JobDeleted, ReplyDelayed, RunFailed, RunFinished, RunHung
from scenarios.sim.trace import Entry, Trace
from trainer_pod.events import StepApplied

NOTICED_S: Final = 12.0
"""A gateway may hold a call for 10 s on the word that another pod is coming, and only then is the job looked at."""
HIDING: Final = frozenset(
    {"control-plane-outage", "gateway-restart", "primary-partition", "slow-control-plane", "stale-route"}
)
"""Faults that keep the proof of a deletion from whoever asks."""


def a_gone_job_is_noticed(trace: Trace) -> Iterator[Violation]:
    """A gone job is noticed: within 12 s of a deletion that nothing hides any more its user's script has ended.

    It may end well where all its steps were done by then, or none and it trained on the job that came after. A fault
    that hides the deletion, an answer under way that is late, and a wait that was begun meanwhile are waited for.
    """
    gone = next(trace.of(JobDeleted), None)
    ended = next(trace.of(RunFinished, RunFailed, RunHung), None)
    if gone is None or (ended is not None and ended.at_s < gone.at_s):
        return
    if ended is None:
        yield Violation("the job was gone, and its run never noticed", gone.at_s)
    elif isinstance(ended.event, RunFinished):
        late = next(_on_nobodys_behalf(trace, gone.at_s), None)
        if late is not None:
            yield Violation(f"a step was applied {late.at_s - gone.at_s:.1f} s after the job was gone", late.at_s)
    elif (unnoticed_s := ended.at_s - _in_the_open_s(trace, gone.at_s)) > NOTICED_S:
        yield Violation(f"for {unnoticed_s:.1f} s nothing hid that the job was gone, and its run went on", ended.at_s)


def _on_nobodys_behalf(trace: Trace, gone_s: float) -> Iterator[Entry]:
    """Yield the steps that were applied after the deletion by a pod from before it, or to a run from before it."""
    began = any(step.at_s <= gone_s for step in trace.of(StepApplied))
    old = {entry.event.incarnation for entry in trace.of(PodPlaced) if entry.at_s <= gone_s}
    for step in trace.of(StepApplied):
        if step.at_s > gone_s and (began or step.event.incarnation in old):
            yield step


def _in_the_open_s(trace: Trace, gone_s: float) -> float:
    """Return from when on the deletion could be heard of: each thing that hides it may begin before the last ends."""
    open_s = gone_s
    for begin_s, end_s in sorted(_hidden(trace)):
        if begin_s <= open_s + NOTICED_S:
            open_s = max(open_s, end_s)
    begun = (wait for wait in trace.of(RetryScheduled) if wait.event.leg == "control" and wait.at_s <= open_s)
    # an SDK doubles its waits between two questions to the control plane, up to 30 s
    return max((open_s, *(float(wait.at_s + wait.event.after_s) for wait in begun)))


def _hidden(trace: Trace) -> Iterator[tuple[float, float]]:
    """Yield (begin, end) of what hides things: faults while they last, and answers that are under way for long."""
    lasting: dict[str, float] = {}
    for entry in trace.of(FaultInjected, FaultLifted, AnswerDelayed, ReplyDelayed):
        match entry.event:
            case FaultInjected(fault) if fault in HIDING:
                lasting[fault] = entry.at_s
            case FaultLifted(fault) if fault in lasting:
                yield lasting.pop(fault), entry.at_s
            case AnswerDelayed(by_s=by_s) | ReplyDelayed(by_s=by_s):
                yield entry.at_s, entry.at_s + by_s
            case _:
                pass
    end_s = trace.entries[-1].at_s if trace.entries else 0.0
    for begin_s in lasting.values():
        yield begin_s, end_s
