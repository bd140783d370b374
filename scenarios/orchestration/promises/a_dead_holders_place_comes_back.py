"""A limit whose places stay with the dead admits fewer and fewer runs, and at last none."""

from collections.abc import Iterator

from gateway_sim.control_plane.events import LimitLeaseEnded
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import HolderDied
from gateway_sim.scenarios.sim.trace import Entry, Trace


def a_dead_holders_place_comes_back(trace: Trace) -> Iterator[Violation]:
    """A dead holder's place comes back: it is free again within the time that the limit promises."""
    for died, lost_s in places_lost(trace):
        if lost_s > 0:
            event = died.event
            yield Violation.of(
                f"{event.holder} died with a place of {event.name}, which was lost for {lost_s:.0f} s longer than "
                f"the {event.within_s:.0f} s allowed",
                died,
            )


def places_lost(trace: Trace) -> Iterator[tuple[Entry, float]]:
    """Yield each death of a holder, and for how many seconds beyond its time, or until the end, its place was taken."""
    freed = {(e.event.name, e.event.holder): e.at_s for e in trace.of(LimitLeaseEnded)}
    for died in trace.of(HolderDied):
        came_back_s = freed.get((died.event.name, died.event.holder), trace.entries[-1].at_s)
        yield died, max(came_back_s - died.at_s - died.event.within_s, 0.0)
