"""A 404 for a published route, which crashes runs."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.routes import wants
from gateway_sim.scenarios.sim.trace import Trace


def stale_404(trace: Trace) -> Iterator[Violation]:
    """A gateway replica answers 404, or 410, for a job whose route is published."""
    for want in wants(trace):
        status, at_s = want.refused.event.status, want.refused.at_s
        if want.published is not None and status in (404, 410):
            stood_s = at_s - want.published.at_s
            message = f"{want.replica} answered {status}; the route had been published for {stood_s:.3f} s"
            yield Violation(message, at_s, (want.published, *want.witness))
