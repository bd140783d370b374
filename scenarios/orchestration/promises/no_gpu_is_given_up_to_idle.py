"""A job that must give way to a smaller one, and gives up all its GPUs, leaves some of them to no job."""

from collections.abc import Iterator

from gateway_sim.control_plane.events import WorkEnded, WorkEvicted, WorkPlaced, WorkShrunk
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.occupancy import KINDS, Occupancy, clusters
from gateway_sim.scenarios.sim.trace import Entry, Trace


def no_gpu_is_given_up_to_idle(trace: Trace) -> Iterator[Violation]:
    """No GPU is given up to idle: of the GPUs that jobs give up for another, none is free while that one runs."""
    for cluster in clusters(trace):
        for placed, hours in given_up(trace, cluster):
            if hours > 0:
                event = placed.event
                message = f"on {event.node} of {cluster}, {hours:.2f} GPU-hours given up for {event.work} were idle"
                yield Violation.of(message, placed)


def given_up(trace: Trace, cluster: str) -> list[tuple[Entry, float]]:
    """Return the start of each job that others gave way to, and the GPU-hours that were given up for it and idle.

    A GPU counts if it is beyond those that the job takes, until the job stops or gives way itself.
    """
    now, given = Occupancy(), dict[str, int]()
    # by job: its start, the GPUs beyond its own, the GPU-seconds that they idled
    open_now: dict[str, tuple[Entry, int, float]] = {}
    found: list[tuple[Entry, float]] = []
    at_s = 0.0
    for entry in trace.of(*KINDS):
        event = entry.event
        if event.cluster != cluster:
            continue
        if entry.at_s > at_s and open_now:
            idle = now.stretch(at_s, entry.at_s).idle
            for work, (placed, spare, gpu_s) in open_now.items():
                gpu_s += (entry.at_s - at_s) * max(min(spare, idle[placed.event.node]), 0)
                open_now[work] = placed, spare, gpu_s
        at_s = entry.at_s
        # a job that has started elsewhere meanwhile takes none of what is given up for it
        wanted = isinstance(event, WorkEvicted | WorkShrunk) and event.wanted_by in now.waiting
        if wanted and event.work in now.running:
            left = event.gpus if isinstance(event, WorkShrunk) else 0
            given[event.wanted_by] = given.get(event.wanted_by, 0) + now.running[event.work][1] - left
        now.apply(event)
        if isinstance(event, WorkPlaced) and event.work in given:
            open_now[event.work] = entry, given.pop(event.work) - event.gpus, 0.0
        elif isinstance(event, WorkEnded | WorkEvicted) and event.work in open_now:
            placed, _, gpu_s = open_now.pop(event.work)
            found.append((placed, gpu_s / 3600))
    return [*found, *((placed, gpu_s / 3600) for placed, _, gpu_s in open_now.values())]
