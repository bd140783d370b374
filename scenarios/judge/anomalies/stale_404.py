"""What crashes runs today: "not there" of something that is there."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.anomalies import Witness
from scenarios.judge.route_story import Routes, wants
from scenarios.sim.trace import Trace


def stale_404(trace: Trace) -> Iterator[Witness]:
    """A gateway replica answers 404, or 410, for a job whose route stands in the table."""
    refusals = {id(want.refused): want for want in wants(trace)}
    routes = Routes()
    for entry in trace.entries:
        routes.follow(entry)
        want = refusals.get(id(entry))
        if want is None or entry.event.status not in (404, 410):
            continue
        published = routes.standing.get(want.job)
        if published is not None:
            late_s = entry.at_s - published.at_s
            why = f"{want.replica} answered {entry.event.status}; the route had stood in the table for {late_s:.3f} s"
            yield Witness(why, (published, want.missed, entry))
