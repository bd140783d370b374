"""A fix must not cost those who were never ill."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from client.events import ReadinessReached, WarmupFinished
from scenarios.judge.promises import Violation
from scenarios.sim.events import StepAcknowledged, UserThought
from scenarios.sim.trace import Entry, Trace
from trainer_pod.events import GradientsAccumulated, ModelCreated, OperationAccepted, StepApplied

WARM_UP_S = 3.0
"""What PR 348 says its warm-up costs, once."""
STEP_S = 1.0
"""More than a step's way there and back takes, connect included; the rest is waiting that nobody needed."""


def the_healthy_run_pays_at_most_the_warm_up(trace: Trace) -> Iterator[Violation]:
    """The healthy run pays at most the warm-up: beside it, only the pod's work and the user's take time."""
    ready = next(trace.of(ReadinessReached), None)
    if ready is None:
        return
    for entry in trace.of(WarmupFinished):
        if entry.event.took_s > WARM_UP_S:
            yield Violation(f"the warm-up took {entry.event.took_s:.1f} s, more than {WARM_UP_S:g} s", entry.at_s)
    for before, after in pairwise([ready, *trace.of(StepAcknowledged)]):
        busy_s = sum(spent_s(trace, before, after) for spent_s in (_warmed_s, _worked_s, _thought_s))
        idle_s = after.at_s - before.at_s - busy_s
        if idle_s > STEP_S:
            yield Violation(f"{idle_s:.1f} s passed for nothing before step {after.event.step}", after.at_s)


def _warmed_s(trace: Trace, before: Entry, after: Entry) -> float:
    took_s = (e.event.took_s for e in trace.of(WarmupFinished) if before.at_s <= e.at_s <= after.at_s)
    return float(sum(took_s))


def _thought_s(trace: Trace, before: Entry, after: Entry) -> float:
    return float(sum(e.event.for_s for e in trace.of(UserThought) if before.at_s <= e.at_s <= after.at_s))


def _worked_s(trace: Trace, before: Entry, after: Entry) -> float:
    """Return the seconds in which a pod had the user's model, forward_backward or optimizer step in hand."""
    taken_s: dict[tuple[str, int, int], float] = {}
    worked_s = 0.0
    for entry in trace.of(OperationAccepted, ModelCreated, GradientsAccumulated, StepApplied):
        # a model's creation is the first operation of its sequence
        operation = (entry.event.model_id, entry.event.incarnation, getattr(entry.event, "seq_id", 0))
        if isinstance(entry.event, OperationAccepted):
            taken_s[operation] = entry.at_s
        elif before.at_s <= entry.at_s <= after.at_s:
            worked_s += entry.at_s - taken_s.pop(operation, entry.at_s)
    return worked_s
