"""A limit whose places stay with the dead admits fewer and fewer runs, and at last none."""

from collections.abc import Iterator

from gateway_sim.control_plane.events import LimitLeaseEnded
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import HolderBegan, HolderDied
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
    deaths: list[Entry] = []
    freed_s: dict[tuple[str, str], float] = {}
    for entry in trace.of(HolderBegan, HolderDied, LimitLeaseEnded):
        place = (entry.event.name, entry.event.holder)
        if isinstance(entry.event, HolderDied):
            deaths.append(entry)
        elif isinstance(entry.event, LimitLeaseEnded):
            freed_s.setdefault(place, entry.at_s)
        elif not any((died.event.name, died.event.holder) == place for died in deaths):
            # a lease that ended before was that of an earlier place
            freed_s.pop(place, None)
    for died in deaths:
        came_back_s = freed_s.get((died.event.name, died.event.holder), trace.entries[-1].at_s)
        yield died, max(came_back_s - died.at_s - died.event.within_s, 0.0)
