"""Several replicas answer: one knows a route, and the next knows an older state."""

from collections.abc import Iterator

from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.routes import Job, Want, wants_and
from gateway_sim.scenarios.sim.trace import Entry, Trace


def non_monotonic_route(trace: Trace) -> Iterator[Violation]:
    """A call reached a live generation of a job; a later call is refused, or reaches an older generation.

    A miss after which the gateway still forwarded the request does not count: no caller saw it.
    """
    newest: dict[Job, Entry] = {}
    for one in wants_and(trace, RequestForwarded):
        job = one.job if isinstance(one, Want) else (one.event.account, one.event.job)
        before = newest.get(job)
        if isinstance(one, Want):
            if before is not None and one.published is not None:
                there = f"generation {before.event.generation} by {before.event.replica}"
                message = f"{there}, then no route by {one.replica}"
                yield Violation(message, one.refused.at_s, (before, *one.witness))
        elif before is None or one.event.generation >= before.event.generation:
            newest[job] = one
        else:
            there = f"generation {before.event.generation} by {before.event.replica}"
            message = f"{there}, then {one.event.generation} by {one.event.replica}"
            yield Violation.of(message, before, one)
