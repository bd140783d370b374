"""A client that asks for its job's state should get an answer."""

from collections.abc import Iterator

from gateway_sim.control_plane.events import RequestTurnedAway
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.trace import Trace


def the_control_plane_refuses_no_request(trace: Trace) -> Iterator[Violation]:
    """The control plane refuses no request: it gets no more requests at once than it can answer."""
    away = list(trace.of(RequestTurnedAway))
    if away:
        yield Violation.of(f"{len(away)} requests were refused", away[0])
