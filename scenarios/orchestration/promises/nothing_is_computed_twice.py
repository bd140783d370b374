"""Preempted work must not lose what it has computed."""

from collections.abc import Iterator

from gateway_sim.control_plane.events import WorkEvicted, WorkShrunk
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.trace import Trace


def nothing_is_computed_twice(trace: Trace) -> Iterator[Violation]:
    """Nothing is computed twice: preempted work continues where it was."""
    for entry in trace.of(WorkEvicted, WorkShrunk):
        event = entry.event
        if event.lost_gpu_s > 0:
            hours = event.lost_gpu_s / 3600
            yield Violation.of(f"{event.work} of {event.cluster} must compute {hours:.2f} GPU-hours again", entry)
