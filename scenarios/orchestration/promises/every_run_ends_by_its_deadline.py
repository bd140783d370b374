"""What is needed by the hour is of no use an hour later."""

from __future__ import annotations

import math
from collections.abc import Iterator

from scenarios.judge.promises import Violation
from scenarios.orchestration.workloads.deadlines import due
from scenarios.sim.trace import Trace


def every_run_ends_by_its_deadline(trace: Trace) -> Iterator[Violation]:
    """Every run ends by its deadline, whatever else the cluster was asked to do."""
    for one in due(trace):
        if one.ended_s == math.inf:
            yield Violation(f"{one.work} of {one.cluster} never ended", one.by_s)
        elif one.missed:
            late_h = (one.ended_s - one.by_s) / 3600
            yield Violation(f"{one.work} of {one.cluster} ended {late_h:.2f} h after its deadline", one.ended_s)
