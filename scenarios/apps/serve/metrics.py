"""A served world's trace as Prometheus counters, which count events that the trace no longer keeps too."""

from prometheus_client import CollectorRegistry, Counter, generate_latest

from client.events import CallAnswered
from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed, StrongRead
from scenarios.sim.events import FaultInjected
from scenarios.sim.trace import Trace
from trainer_pod.events import GradientsAccumulated, StepApplied

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters over a trace: of its events so far, and of all that follow."""

    def __init__(self, trace: Trace) -> None:
        self._registry = CollectorRegistry()
        self._answers = self._counter("calls", "Calls that were answered, by the client's leg.", "leg", "status")
        self._missed = self._counter("route_misses", "Requests whose route a replica did not see.", "replica", "leg")
        self._forwarded = self._counter("forwarded", "Requests sent on to a pod.", "replica", "leg")
        self._refused = self._counter("refused", "Requests that the gateway answered itself.", "replica", "leg", "slug")
        self._strong = self._counter("strong_reads", "Reads of the route table with ConsistentRead.")
        self._batches = self._counter("batches", "Batches whose gradients a pod has accumulated.", "incarnation")
        self._steps = self._counter("steps", "Optimizer steps that a pod has applied.", "incarnation")
        self._faults = self._counter("faults", "Faults that took hold.", "fault")
        for entry in trace.entries:
            self._count(entry.event)
        trace.watch(self._count)

    def text(self) -> bytes:
        """Return all counters as Prometheus scrapes them."""
        return generate_latest(self._registry)

    def _counter(self, name: str, sentence: str, *labels: str) -> Counter:
        return Counter(f"gateway_sim_{name}", sentence, labels, registry=self._registry)

    def _count(self, event: object) -> None:
        match event:
            case CallAnswered(leg=leg, status=status):
                self._answers.labels(leg, str(status)).inc()
            case RouteMissed(replica=replica, leg=leg):
                self._missed.labels(replica, leg).inc()
            case RequestForwarded(replica=replica, leg=leg):
                self._forwarded.labels(replica, leg).inc()
            case RequestRefused(replica=replica, leg=leg, slug=slug):
                self._refused.labels(replica, leg, slug).inc()
            case StrongRead():
                self._strong.inc()
            case GradientsAccumulated(incarnation=incarnation):
                self._batches.labels(str(incarnation)).inc()
            case StepApplied(incarnation=incarnation):
                self._steps.labels(str(incarnation)).inc()
            case FaultInjected(fault=fault):
                self._faults.labels(fault).inc()
            case _:
                pass
