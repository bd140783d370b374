"""Whoever begins to train has taken the route for known."""

from __future__ import annotations

from collections.abc import Iterator

from client.events import CallSent
from gateway_sim.events import RequestForwarded
from scenarios.judge.promises import Violation
from scenarios.judge.route_story import Job, wants
from scenarios.sim.trace import Trace

FIRST = "api/v1/forward_backward"


def ready_means_routable(trace: Trace) -> Iterator[Violation]:
    """Ready means routable: once training began, no call of a run is refused by a replica that never knew the route.

    A replica that had sent a request to the job's pod and lost sight of it afterwards is another story.
    """
    began = next((e for e in trace.of(CallSent) if e.event.path.endswith(FIRST)), None)
    if began is None:
        return
    knew = {_shown(e.event) for e in trace.of(RequestForwarded) if e.at_s < began.at_s}
    told: set[tuple[Job, str]] = set()
    for want in wants(trace):
        ignorant = (want.job, want.replica)
        if want.refused.at_s >= began.at_s and ignorant not in knew | told:
            told.add(ignorant)
            yield Violation(f"training had begun, and {want.replica} did not know the route yet", want.refused.at_s)


def _shown(event: RequestForwarded) -> tuple[Job, str]:
    return (event.account, event.job), event.replica
