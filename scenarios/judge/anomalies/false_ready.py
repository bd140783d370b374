"""A proof of one replica, taken for all."""

from __future__ import annotations

from collections.abc import Iterator

from client.events import ReadinessReached, WarmupFinished
from gateway_sim.events import RequestForwarded
from scenarios.judge.anomalies import Witness
from scenarios.judge.route_story import Job, Routes, wants
from scenarios.sim.events import FaultInjected
from scenarios.sim.trace import Entry, Trace


def false_ready(trace: Trace) -> Iterator[Witness]:
    """The client took the job for ready, and then a replica refused it that had not shown this route to anybody yet.

    A route that is lost after a fault took hold was ready before: that is another anomaly.
    """
    refusals = {id(want.refused): want for want in wants(trace)}
    routes = Routes()
    ready: Entry | None = None
    proved: set[tuple[Job, int, str]] = set()
    for entry in trace.entries:
        routes.follow(entry)
        event = entry.event
        if isinstance(event, ReadinessReached) or (isinstance(event, WarmupFinished) and event.outcome == "ready"):
            ready = entry
        elif isinstance(event, FaultInjected):
            ready = None
        elif isinstance(event, RequestForwarded):
            proved.add(((event.account, event.job), event.generation, event.replica))
        elif id(entry) in refusals and ready is not None:
            want = refusals[id(entry)]
            published = routes.standing.get(want.job)
            if published is None or published.at_s > ready.at_s:
                continue
            shown = (want.job, published.event.generation, want.replica)
            if shown not in proved:
                proved.add(shown)
                after_s = entry.at_s - ready.at_s
                why = f"{want.replica} refused {after_s:.3f} s after the client took the job for ready"
                yield Witness(why, (ready, want.missed, entry))
