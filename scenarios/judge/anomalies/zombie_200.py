"""The opposite of a stale 404: "here you are" of something that is over."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_sim.events import RequestForwarded
from gateway_sim.legs import API, leg_of
from scenarios.judge.anomalies import Witness
from scenarios.judge.route_story import Routes
from scenarios.sim.trace import Entry, Trace
from trainer_pod.events import ModelCreated, OperationAccepted, OperationRepeated, ResultDelivered, SessionCreated

SERVED = (SessionCreated, ModelCreated, OperationAccepted, OperationRepeated, ResultDelivered)


def zombie_200(trace: Trace) -> Iterator[Witness]:
    """A pod serves a request that the gateway sent it after its route had ended in the table."""
    routes = Routes()
    led: dict[tuple[str, str, int, str], tuple[Entry, Entry]] = {}
    for entry in trace.entries:
        routes.follow(entry)
        event = entry.event
        if isinstance(event, RequestForwarded):
            ended = routes.ended((event.account, event.job), event.generation)
            if ended is not None:
                led[event.account, event.job, event.generation, event.leg] = (ended, entry)
        elif isinstance(event, SERVED):
            astray = led.pop((event.account, event.job, event.incarnation, _leg(event)), None)
            if astray is not None:
                late_s = astray[1].at_s - astray[0].at_s
                why = f"the pod of generation {event.incarnation} served a request sent {late_s:.3f} s after its end"
                yield Witness(why, (*astray, entry))


def _leg(served: object) -> str:
    match served:
        case SessionCreated() | ModelCreated() | OperationAccepted(kind="create_model"):
            return "connect"
        case ResultDelivered():
            return "poll"
        case OperationAccepted(kind=kind) | OperationRepeated(kind=kind):
            return leg_of(API + kind)
    raise AssertionError(f"{served} is no answer of a pod")
