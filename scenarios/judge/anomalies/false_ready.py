"""One replica answered, and the client concluded that all of them know the route."""

from collections.abc import Iterator

from gateway_sim.client.events import ReadinessReached, WarmupFinished
from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.routes import Job, Want, wants_and
from gateway_sim.scenarios.sim.events import FaultInjected
from gateway_sim.scenarios.sim.trace import Entry, Trace


def false_ready(trace: Trace) -> Iterator[Violation]:
    """After the client reported the job ready, a replica that had never forwarded to its route refused a call.

    A route that is lost after a fault began does not count: it was ready before.
    """
    ready: Entry | None = None
    proved: set[tuple[Job, int, str]] = set()
    for one in wants_and(trace, ReadinessReached, WarmupFinished, FaultInjected, RequestForwarded):
        if isinstance(one, Want):
            published = one.published
            if ready is None or published is None or published.at_s > ready.at_s:
                continue
            shown = (one.job, published.event.generation, one.replica)
            if shown not in proved:
                proved.add(shown)
                after_s = one.refused.at_s - ready.at_s
                message = f"{one.replica} refused {after_s:.3f} s after the client reported the job ready"
                yield Violation(message, one.refused.at_s, (ready, *one.witness))
        elif isinstance(one.event, RequestForwarded):
            proved.add(((one.event.account, one.event.job), one.event.generation, one.event.replica))
        elif isinstance(one.event, FaultInjected):
            ready = None
        elif isinstance(one.event, ReadinessReached) or one.event.outcome == "ready":
            ready = one
