"""A fix must not slow a healthy run down."""

from collections.abc import Iterator
from itertools import pairwise

from gateway_sim.client.events import ReadinessReached, WarmupFinished
from gateway_sim.control_plane.events import PodNoticedDead
from gateway_sim.scenarios.judge.limits import BUSY_MACHINE_S, IDLE_S, WARM_UP_S
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.events import StepAcknowledged, UserThought, WorldBuilt
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod.events import GradientsAccumulated, ModelCreated, OperationAccepted, StepApplied


def the_healthy_run_pays_at_most_the_warm_up(trace: Trace) -> Iterator[Violation]:
    """The healthy run pays at most the warm-up: apart from it, only the work of pod and user takes time.

    A step during which a pod was noticed to be dead is none of a healthy run.
    """
    ready = next(trace.of(ReadinessReached), None)
    if ready is None:
        return
    built = next(trace.of(WorldBuilt), None)
    machine_s = BUSY_MACHINE_S if built is not None and built.event.engine == "live" else 0.0
    for entry in trace.of(WarmupFinished):
        if entry.event.took_s > WARM_UP_S + machine_s:
            message = f"the warm-up took {entry.event.took_s:.1f} s, more than {WARM_UP_S:g} s"
            yield Violation.of(message, entry)
    for before, after in pairwise([ready, *trace.of(StepAcknowledged)]):
        if any(before.at_s <= e.at_s <= after.at_s for e in trace.of(PodNoticedDead)):
            continue
        between = [e.event for e in trace.of(WarmupFinished, UserThought) if before.at_s <= e.at_s <= after.at_s]
        busy_s = sum(e.took_s if isinstance(e, WarmupFinished) else e.for_s for e in between)
        idle_s = after.at_s - before.at_s - busy_s - _worked_s(trace, before, after)
        if idle_s > IDLE_S + machine_s:
            message = f"{idle_s:.1f} s passed without work before step {after.event.step}"
            yield Violation.of(message, before, after)


def _worked_s(trace: Trace, before: Entry, after: Entry) -> float:
    """Return the seconds in which a pod worked on the user's model: forward_backward or optimizer step, or several."""
    taken_s: dict[tuple[str, int, int], float] = {}
    spans: list[tuple[float, float]] = []
    for entry in trace.of(OperationAccepted, ModelCreated, GradientsAccumulated, StepApplied):
        # a model's creation is the first operation of its sequence
        operation = (entry.event.model_id, entry.event.incarnation, getattr(entry.event, "seq_id", 0))
        if isinstance(entry.event, OperationAccepted):
            taken_s[operation] = entry.at_s
        elif operation in taken_s:
            spans.append((taken_s.pop(operation), entry.at_s))
    worked_s, until_s = 0.0, before.at_s
    for begin_s, end_s in sorted(spans):
        more_s = min(end_s, after.at_s) - max(begin_s, until_s)
        if more_s > 0:
            worked_s, until_s = worked_s + more_s, end_s
    return worked_s
