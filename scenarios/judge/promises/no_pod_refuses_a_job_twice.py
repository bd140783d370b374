"""After one 421 the gateway or the client knows that the address is wrong."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.routes import deliveries
from gateway_sim.scenarios.sim.trace import Entry, Trace

Stray = tuple[str, str, str]
"""The requested pod, the gateway replica, and the address."""


def no_pod_refuses_a_job_twice(trace: Trace) -> Iterator[Violation]:
    """No pod refuses a job twice: no replica sends a job's request again to a pod that refused one of them.

    The gateway may learn from the 421, or the client may name its generation, so that no request is sent there.
    """
    under_way: list[Stray] = []
    turned_away: dict[Stray, Entry] = {}
    for one in deliveries(trace):
        if one.refused:
            turned_away |= {stray: one.entry for stray in under_way if stray[0] == one.asked}
            under_way = [stray for stray in under_way if stray[0] != one.asked]
        elif one.is_misdirected:
            event = one.entry.event
            stray = (one.asked, event.replica, event.address)
            if stray in turned_away:
                message = f"{event.replica} sent a request for {one.asked} to {one.found} again"
                yield Violation.of(message, turned_away[stray], one.entry)
            else:
                under_way.append(stray)
