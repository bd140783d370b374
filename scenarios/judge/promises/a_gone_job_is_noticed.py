"""The limit on noticing a deletion starts once no active fault hides the deletion."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import Final

from gateway_sim.client.events import RetryScheduled
from gateway_sim.control_plane.events import AnswerDelayed, PodPlaced
from gateway_sim.scenarios.judge.limits import NOTICED_S, SILENCE_S, UNANSWERED_S
from gateway_sim.scenarios.judge.measure import gone
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.events import FaultInjected, FaultLifted, ReplyDelayed, RunFinished
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.scenarios.sim.wire_events import RequestHitAddressFault
from gateway_sim.trainer_pod.events import StepApplied

HIDING: Final = frozenset(
    {"control-plane-outage", "gateway-restart", "primary-partition", "slow-control-plane", "stale-route"}
)
"""Faults during which a client cannot learn of a deletion."""


def a_gone_job_is_noticed(trace: Trace) -> Iterator[Violation]:
    """A gone job is noticed: the user's script has ended 12 s after no fault hides the deletion any more.

    The run may finish if all its steps were done before the deletion, or if it began on the job that came after. The
    limit starts after the faults that hide the deletion, the delayed answers and the unheard requests under way, and
    the waits begun by then.
    """
    met = gone(trace)
    if met is None:
        return
    deleted, ended = met.deleted, met.ended
    if ended is None:
        yield Violation("the job was gone, and its run did not end", deleted.at_s, met.witness)
    elif isinstance(ended.event, RunFinished):
        late = next(_for_the_deleted_job(trace, deleted.at_s), None)
        if late is not None:
            late_s = late.at_s - deleted.at_s
            yield Violation.of(f"a step was applied {late_s:.1f} s after the job was gone", deleted, late)
    elif (unnoticed_s := ended.at_s - _in_the_open_s(trace, deleted.at_s)) > NOTICED_S:
        message = f"the run went on for {unnoticed_s:.1f} s after nothing hid the deletion any more"
        yield Violation(message, ended.at_s, met.witness)


def _for_the_deleted_job(trace: Trace, gone_s: float) -> Iterator[Entry]:
    """Yield the steps that were applied after the deletion by a pod from before it, or to a run from before it."""
    began = any(step.at_s <= gone_s for step in trace.of(StepApplied))
    old = {entry.event.incarnation for entry in trace.of(PodPlaced) if entry.at_s <= gone_s}
    for step in trace.of(StepApplied):
        if step.at_s > gone_s and (began or step.event.incarnation in old):
            yield step


def _in_the_open_s(trace: Trace, gone_s: float) -> float:
    """Return the first second at which nothing hides the deletion: the end of the intervals that hide it."""
    open_s = gone_s
    for begin_s, end_s in sorted(_hidden(trace)):
        if begin_s <= open_s + NOTICED_S:
            open_s = max(open_s, end_s)
    begun = (wait for wait in trace.of(RetryScheduled) if wait.event.leg == "control" and wait.at_s <= open_s)
    # an SDK doubles its waits between two requests to the control plane, up to 30 s
    return max((open_s, *(float(wait.at_s + wait.event.after_s) for wait in begun)))


def _hidden(trace: Trace) -> Iterator[tuple[float, float]]:
    """Yield the (begin, end) of each fault, each delayed answer and each unheard request that hides the deletion."""
    lasting: dict[str, list[float]] = defaultdict(list)
    for entry in trace.of(FaultInjected, FaultLifted, AnswerDelayed, ReplyDelayed, RequestHitAddressFault):
        match entry.event:
            case FaultInjected(fault) if fault in HIDING:
                lasting[fault].append(entry.at_s)
            case FaultLifted(fault) if lasting[fault]:
                # of faults of one kind that overlap, which one ended does not matter
                yield lasting[fault].pop(0), entry.at_s
            case AnswerDelayed(by_s=by_s) | ReplyDelayed(by_s=by_s):
                yield entry.at_s, entry.at_s + by_s
            case RequestHitAddressFault(kind="unanswered"):
                yield entry.at_s, entry.at_s + UNANSWERED_S
            case RequestHitAddressFault(kind="unheard"):
                # its caller hears nothing until it gives up
                yield entry.at_s, entry.at_s + SILENCE_S
            case _:
                pass
    end_s = trace.entries[-1].at_s if trace.entries else 0.0
    for begin_s in chain(*lasting.values()):
        yield begin_s, end_s
