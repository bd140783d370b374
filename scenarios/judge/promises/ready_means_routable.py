"""A client that begins to train relies on every replica knowing the route."""

from collections.abc import Iterator

from gateway_sim.client.events import CallSent
from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.judge.promises import Violation, in_order
from gateway_sim.scenarios.judge.routes import Job, wants_and
from gateway_sim.scenarios.sim.trace import Entry, Trace

FIRST = "api/v1/forward_backward"


def ready_means_routable(trace: Trace) -> Iterator[Violation]:
    """Ready means routable: once training began, no call of a run is refused by a replica that never knew the route.

    A replica that had sent a request to the job's pod and lost the route afterwards does not count.
    """
    began = next((e for e in trace.of(CallSent) if e.event.path.endswith(FIRST)), None)
    if began is None:
        return
    known: set[tuple[Job, str]] = set()
    for one in wants_and(trace, RequestForwarded):
        if isinstance(one, Entry):
            known.add(((one.event.account, one.event.job), one.event.replica))
        elif one.refused.at_s >= began.at_s and (one.job, one.replica) not in known:
            known.add((one.job, one.replica))
            message = f"training had begun, and {one.replica} did not know the route yet"
            yield Violation(message, one.refused.at_s, in_order(trace, began, *one.witness))
