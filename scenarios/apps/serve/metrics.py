"""Prometheus counters over a served world's trace; they also count the events that the trace has dropped."""

from prometheus_client import CollectorRegistry, Counter, generate_latest

from gateway_sim.client.events import CallAnswered
from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed, StrongRead
from gateway_sim.scenarios.sim.events import FaultInjected
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.events import GradientsAccumulated, StepApplied

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


COUNTED: dict[type, tuple[str, str, tuple[str, ...]]] = {
    CallAnswered: ("calls", "Calls that were answered, by the client's leg.", ("leg", "status")),
    RouteMissed: ("route_misses", "Requests whose route a replica did not see.", ("replica", "leg")),
    RequestForwarded: ("forwarded", "Requests sent on to a pod.", ("replica", "leg")),
    RequestRefused: ("refused", "Requests that the gateway answered itself.", ("replica", "leg", "slug")),
    StrongRead: ("strong_reads", "Reads of the route table with ConsistentRead.", ()),
    GradientsAccumulated: ("batches", "Batches whose gradients a pod has accumulated.", ("incarnation",)),
    StepApplied: ("steps", "Optimizer steps that a pod has applied.", ("incarnation",)),
    FaultInjected: ("faults", "Faults that began.", ("fault",)),
}
"""The counter of each kind of event: name, description, and the event's fields that are labels."""


class Metrics:
    """Counters over a trace: of its events so far, and of all that follow."""

    def __init__(self, trace: Trace) -> None:
        self._registry = CollectorRegistry()
        self._counters = {
            kind: Counter(f"gateway_sim_{name}", description, labels, registry=self._registry)
            for kind, (name, description, labels) in COUNTED.items()
        }
        for entry in trace.entries:
            self._count(entry.event)
        trace.watch(self._count)

    def text(self) -> bytes:
        """Return all counters as Prometheus scrapes them."""
        return generate_latest(self._registry)

    def _count(self, event: object) -> None:
        counter = self._counters.get(type(event))
        if counter is not None:
            _, _, labels = COUNTED[type(event)]
            (counter.labels(*(getattr(event, label) for label in labels)) if labels else counter).inc()
