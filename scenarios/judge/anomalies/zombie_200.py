"""The opposite of a stale 404: a success from a pod whose route has ended."""

from collections.abc import Iterator

from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.routes import deliveries
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod.events import (
    ModelCreated,
    OperationAccepted,
    OperationRepeated,
    ResultDelivered,
    SessionCreated,
)

SERVED = (SessionCreated, ModelCreated, OperationAccepted, OperationRepeated, ResultDelivered)


def zombie_200(trace: Trace) -> Iterator[Violation]:
    """A pod serves a request that the gateway sent to it after its route had ended in the table."""
    late = {id(one.entry): one.ended for one in deliveries(trace) if one.ended and not one.refused}
    late_requests: dict[tuple[str, str, int, str], tuple[Entry, Entry]] = {}
    for entry in trace.of(RequestForwarded, *SERVED):
        event = entry.event
        if isinstance(event, RequestForwarded):
            ended = late.get(id(entry))
            if ended is not None:
                late_requests[event.account, event.job, event.generation, event.leg] = (ended, entry)
            continue
        request = late_requests.pop((event.account, event.job, event.incarnation, _leg(event)), None)
        if request is not None:
            ended, sent = request
            late_s = sent.at_s - ended.at_s
            message = f"the pod of generation {event.incarnation} served a request sent {late_s:.3f} s after its end"
            yield Violation.of(message, ended, sent, entry)


def _leg(served: object) -> str:
    match served:
        case SessionCreated() | ModelCreated() | OperationAccepted(kind="create_model"):
            return "connect"
        case ResultDelivered():
            return "poll"
        case OperationAccepted(kind=kind) | OperationRepeated(kind=kind):
            return "sample" if kind == "asample" else "dispatch"
    raise AssertionError(f"{served} is not an answer of a pod")
