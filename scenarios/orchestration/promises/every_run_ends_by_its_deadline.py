"""What is needed by the hour is of no use an hour later."""

from __future__ import annotations

import math
from collections.abc import Iterator

from control_plane.events import WorkEnded
from scenarios.judge.promises import Violation
from scenarios.orchestration.workloads.deadlines import due
from scenarios.orchestration.workloads.events import DeadlineSet
from scenarios.sim.trace import Trace


def every_run_ends_by_its_deadline(trace: Trace) -> Iterator[Violation]:
    """Every run ends by its deadline, whatever else the cluster was asked to do."""
    last = {(e.event.cluster, e.event.work): e for e in trace.of(DeadlineSet, WorkEnded)}
    for one in due(trace):
        shown = (last[one.cluster, one.work],)
        if one.ended_s == math.inf:
            yield Violation(f"{one.work} of {one.cluster} never ended", one.by_s, shown)
        elif one.missed:
            late_h = (one.ended_s - one.by_s) / 3600
            yield Violation(f"{one.work} of {one.cluster} ended {late_h:.2f} h after its deadline", one.ended_s, shown)
