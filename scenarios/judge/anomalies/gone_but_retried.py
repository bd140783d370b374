"""The client resends a call that can never succeed."""

from collections.abc import Iterator

from gateway_sim.client.events import CallAnswered, CallSent
from gateway_sim.events import RoutePublished, RouteWithdrawn
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.routes import Routes
from gateway_sim.scenarios.sim.trace import Entry, Trace

OF_THE_RUN = ("connect", "dispatch", "sample", "poll")
REFUSALS = (404, 410, 503)


def gone_but_retried(trace: Trace) -> Iterator[Violation]:
    """A job's route ended for good, the gateway refused a call, and the client sent the call again.

    Either the client ignored a final answer, or the gateway said "not yet" although the job was gone.
    """
    routes = Routes()
    answered: dict[tuple[str, str, str | None], Entry] = {}
    for entry in trace.of(RoutePublished, RouteWithdrawn, CallAnswered, CallSent):
        routes.follow(entry)
        event = entry.event
        if not routes.withdrawn:
            answered.clear()
        elif isinstance(event, CallAnswered) and event.leg in OF_THE_RUN and event.status in REFUSALS:
            answered[entry.source, event.path, event.request_id] = entry
        elif isinstance(event, CallSent):
            refused = answered.pop((entry.source, event.path, event.request_id), None)
            if refused is not None:
                withdrawn = max(routes.withdrawn.values(), key=lambda e: e.at_s)
                gone_s = entry.at_s - withdrawn.at_s
                message = (
                    f"answered {refused.event.status}, and sent again {gone_s:.3f} s after the job's route had ended"
                )
                yield Violation.of(message, withdrawn, refused, entry)
