"""A 421 is news, and whoever hears it should know better from then on."""

from __future__ import annotations

from collections.abc import Iterator

from control_plane.events import PodPlaced
from gateway_sim.events import RequestForwarded
from scenarios.judge.promises import Violation
from scenarios.sim.trace import Trace
from trainer_pod.events import RequestMisdirected

Stray = tuple[str, str, str]
"""Whose pod was asked for, by which gateway replica, and at which address."""


def nobody_is_turned_away_twice(trace: Trace) -> Iterator[Violation]:
    """Nobody is turned away twice: no replica sends a job's request again to a pod that turned one of them away.

    The gateway may learn of it, or the client may say which generation it means and never be sent there.
    """
    lives: dict[str, str] = {}
    under_way: list[Stray] = []
    turned_away: set[Stray] = set()
    for entry in trace.of(PodPlaced, RequestForwarded, RequestMisdirected):
        event = entry.event
        if isinstance(event, PodPlaced):
            lives[event.address] = f"{event.account}/{event.job}@{event.incarnation}"
        elif isinstance(event, RequestMisdirected):
            turned_away |= {stray for stray in under_way if stray[0] == event.asked}
            under_way = [stray for stray in under_way if stray[0] != event.asked]
        else:
            asked = f"{event.account}/{event.job}@{event.generation}"
            stray = (asked, event.replica, event.address)
            found = lives.get(event.address, asked)
            if stray in turned_away and found != asked:
                yield Violation(f"{event.replica} sent a request for {asked} to {found} again", entry.at_s)
            elif found != asked:
                under_way.append(stray)
