"""Seen once is not seen for good, where several replicas answer."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_sim.events import RequestForwarded
from scenarios.judge.anomalies import Witness
from scenarios.judge.route_story import Job, Routes, wants
from scenarios.sim.trace import Entry, Trace


def non_monotonic_route(trace: Trace) -> Iterator[Witness]:
    """A job's callers were led to a generation, and later are refused, or led to an older one, though it still stands.

    What a replica missed and the gateway found all the same is none: no caller saw it.
    """
    refusals = {id(want.refused): want for want in wants(trace)}
    routes = Routes()
    newest: dict[Job, Entry] = {}
    for entry in trace.entries:
        routes.follow(entry)
        event = entry.event
        if isinstance(event, RequestForwarded):
            job = (event.account, event.job)
            before = newest.get(job)
            if before is None or event.generation >= before.event.generation:
                newest[job] = entry
            else:
                there, here = before.event, event
                why = f"generation {there.generation} by {there.replica}, then {here.generation} by {here.replica}"
                yield Witness(why, (before, entry))
        elif id(entry) in refusals:
            want = refusals[id(entry)]
            before = newest.get(want.job)
            if before is not None and want.job in routes.standing:
                there = before.event
                why = f"generation {there.generation} by {there.replica}, then no route by {want.replica}"
                yield Witness(why, (before, want.missed, entry))
