"""A fix must not cost those who were never ill."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from client.events import ReadinessReached, WarmupFinished
from scenarios.events import StepAcknowledged
from scenarios.oracles import Violation
from scenarios.world.trace import Entry, Trace
from trainer_pod.events import GradientsAccumulated, OperationAccepted, StepApplied

WARM_UP_S = 3.0
"""What PR 348 says its warm-up costs, once."""
STEP_S = 1.0
"""More than a step's way there and back takes, connect included; the rest is waiting that nobody needed."""


def the_healthy_run_pays_at_most_the_warm_up(trace: Trace) -> Iterator[Violation]:
    """The healthy run pays at most the warm-up: nothing but the pod's work takes time before the first step or later.

    It is for users who do not think between steps.
    """
    ready = next(trace.of(ReadinessReached), None)
    if ready is None:
        return
    for entry in trace.of(WarmupFinished):
        if entry.event.took_s > WARM_UP_S:
            yield Violation(f"the warm-up took {entry.event.took_s:.1f} s, more than {WARM_UP_S:g} s", entry.at_s)
    for before, after in pairwise([ready, *trace.of(StepAcknowledged)]):
        idle_s = after.at_s - before.at_s - _warmed_s(trace, before, after) - _worked_s(trace, before, after)
        if idle_s > STEP_S:
            yield Violation(f"{idle_s:.1f} s passed for nothing before step {after.event.step}", after.at_s)


def _warmed_s(trace: Trace, before: Entry, after: Entry) -> float:
    return sum(e.event.took_s for e in trace.of(WarmupFinished) if before.at_s <= e.at_s <= after.at_s)


def _worked_s(trace: Trace, before: Entry, after: Entry) -> float:
    """Return the seconds in which a pod had the user's forward_backward or optimizer step in hand."""
    taken_s: dict[tuple[str, int, int], float] = {}
    worked_s = 0.0
    for entry in trace.of(OperationAccepted, GradientsAccumulated, StepApplied):
        operation = (entry.event.model_id, entry.event.incarnation, entry.event.seq_id)
        if isinstance(entry.event, OperationAccepted):
            taken_s[operation] = entry.at_s
        elif before.at_s <= entry.at_s <= after.at_s:
            worked_s += entry.at_s - taken_s.pop(operation, entry.at_s)
    return worked_s
