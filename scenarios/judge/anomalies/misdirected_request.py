"""A route that leads to somebody else's door."""

from __future__ import annotations

from collections.abc import Iterator

from control_plane.events import PodPlaced
from gateway_sim.events import RequestForwarded
from scenarios.judge.anomalies import Witness
from scenarios.judge.route_story import Routes
from scenarios.sim.trace import Entry, Trace
from trainer_pod.events import RequestMisdirected


def misdirected_request(trace: Trace) -> Iterator[Witness]:
    """A request is sent by a route that has ended, or to where another lives, or comes to a pod that has to refuse it.

    Known from the table and from where pods were placed, also of a pod that does not look; told once for a request.
    """
    routes = Routes()
    lives: dict[str, Entry] = {}
    sent: dict[str, Entry] = {}
    told: set[str] = set()
    for entry in trace.entries:
        routes.follow(entry)
        event = entry.event
        if isinstance(event, PodPlaced):
            lives[event.address] = entry
        elif isinstance(event, RequestForwarded):
            asked = f"{event.account}/{event.job}@{event.generation}"
            sent[asked] = entry
            told.discard(asked)
            host = lives.get(event.address)
            found = host and f"{host.event.account}/{host.event.job}@{host.event.incarnation}"
            ended = routes.ended((event.account, event.job), event.generation)
            if host is not None and found != asked:
                told.add(asked)
                yield Witness(f"a request for {asked} was sent to {found}", (host, entry))
            elif ended is not None:
                told.add(asked)
                late_s = entry.at_s - ended.at_s
                yield Witness(f"{asked} had ended {late_s:.3f} s before a request was sent there", (ended, entry))
        elif isinstance(event, RequestMisdirected) and event.asked not in told:
            led = sent.get(event.asked)
            here = f"{event.account}/{event.job}@{event.incarnation}"
            why = f"a request for {event.asked} came to {here}, which refused it"
            yield Witness(why, (led, entry) if led else (entry,))
