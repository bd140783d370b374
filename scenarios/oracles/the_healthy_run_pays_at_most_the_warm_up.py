"""A fix must not cost those who were never ill."""

from __future__ import annotations

from collections.abc import Iterator

from client.events import ReadinessReached, WarmupFinished
from scenarios.events import StepAcknowledged
from scenarios.oracles import Violation
from scenarios.world.trace import Trace

WARM_UP_S = 3.0
"""What PR 348 says its warm-up costs, once."""
STEP_S = 1.0
"""More than a step of the default world takes, connect included; the rest is waiting that nobody needed."""


def the_healthy_run_pays_at_most_the_warm_up(trace: Trace) -> Iterator[Violation]:
    """The healthy run pays at most the warm-up: nothing else stands between readiness and the first step."""
    ready = next(trace.of(ReadinessReached), None)
    first = next(trace.of(StepAcknowledged), None)
    if ready is None or first is None:
        return
    warmed_s = sum(entry.event.took_s for entry in trace.of(WarmupFinished))
    if warmed_s > WARM_UP_S:
        yield Violation(f"the warm-up took {warmed_s:.1f} s, more than {WARM_UP_S:g} s", first.at_s)
    rest_s = first.at_s - ready.at_s - warmed_s
    if rest_s > STEP_S:
        yield Violation(f"{rest_s:.1f} s besides the warm-up passed before the first step", first.at_s)
