"""Prometheus metrics over a served world's trace; they also count the events that the trace has dropped."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from gateway_sim.client.events import CallAnswered, CallSent
from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed, StrongRead
from gateway_sim.scenarios.sim.events import FaultInjected
from gateway_sim.scenarios.sim.renamed import RENAMED, UNTIL
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod.events import GradientsAccumulated, StepApplied

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

COUNTED: dict[type, tuple[str, str, tuple[str, ...]]] = {
    CallAnswered: ("calls", "Calls that were answered, by the client's leg.", ("leg", "status")),
    RouteMissed: ("route_misses", "Requests whose route a replica did not see.", ("replica", "leg")),
    RequestForwarded: ("requests_forwarded", "Requests sent on to a pod.", ("replica", "leg")),
    RequestRefused: ("requests_refused", "Requests that the gateway answered itself.", ("replica", "leg", "slug")),
    StrongRead: ("strong_reads", "Reads of the route table with ConsistentRead.", ()),
    GradientsAccumulated: ("batches", "Batches whose gradients a pod has accumulated.", ("incarnation",)),
    StepApplied: ("steps", "Optimizer steps that a pod has applied.", ("incarnation",)),
    FaultInjected: ("faults", "Faults that began.", ("fault",)),
}
"""The counter of each kind of event: name, description, and the event's fields that are labels."""
BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120)
"""From a forwarded request on loopback to the longest wait of an SDK; a held poll ends below 40 s."""
OPEN_CALLS: Final = 4096
"""So many calls without an answer are remembered; the oldest is forgotten first."""
SLUGS: Final = ("route-not-found", "route-not-ready", "route-gone", "route-unknown", "missing-key", "unknown-key")
LEGS: Final = ("connect", "dispatch", "sample", "poll", "heartbeat", "health")


@dataclass(frozen=True)
class FromTheStart:
    """The values of labels whose series are 0 before the first event: a rate is then right from the first hit on."""

    replicas: Sequence[str] = ()
    slugs: Sequence[str] = SLUGS
    faults: Sequence[str] = ()
    legs: Sequence[str] = LEGS
    statuses: Sequence[str] = ("200",)
    incarnations: Sequence[str] = ("1",)

    def labels(self, names: Sequence[str]) -> Iterable[tuple[str, ...]]:
        """Yield the labels of each series, in the order of their names."""
        plural = {"status": "statuses", "leg": "legs"}
        return product(*(getattr(self, plural.get(name, f"{name}s")) for name in names))


class Metrics:
    """Counters and a histogram over a trace: of its events so far, and of all that follow."""

    def __init__(self, trace: Trace, known: FromTheStart = FromTheStart()) -> None:
        self._registry = CollectorRegistry()
        self._counters = {kind: self._made(name, words, labels) for kind, (name, words, labels) in COUNTED.items()}
        self._durations = Histogram(
            "gateway_sim_call_duration_seconds", "Seconds from a call to its answer, by the client's leg.", ("leg",),
            buckets=BUCKETS_S, registry=self._registry,
        )  # fmt: skip
        for kind, (_, _, labels) in COUNTED.items():
            for values in known.labels(labels) if labels else ():
                for counter in self._counters[kind]:
                    counter.labels(*values)
        for leg in known.legs:
            self._durations.labels(leg)
        self._open = OpenCalls()
        for entry in trace.entries:
            self._count(entry)

        def count(event: object) -> None:
            # an earlier watcher may have reported another event meanwhile
            self._count(next(entry for entry in reversed(trace.entries) if entry.event is event))

        trace.watch(count)

    def text(self) -> bytes:
        """Return all metrics as Prometheus scrapes them."""
        return generate_latest(self._registry)

    def _made(self, name: str, words: str, labels: Sequence[str]) -> list[Counter]:
        """Return the counter, and for one release the same by its old name."""
        former = {new: old for old, new in RENAMED["metric"].items()}
        made = [Counter(f"gateway_sim_{name}", words, labels, registry=self._registry)]
        if name in former:
            said = f"Renamed to gateway_sim_{name}_total; this name works until {UNTIL}."
            made.append(Counter(f"gateway_sim_{former[name]}", said, labels, registry=self._registry))
        return made

    def _count(self, entry: Entry) -> None:
        event = entry.event
        took_s = self._open.took_s(entry)
        if took_s is not None:
            self._durations.labels(event.leg).observe(took_s)
        for counter in self._counters.get(type(event), ()):
            _, _, labels = COUNTED[type(event)]
            (counter.labels(*(getattr(event, label) for label in labels)) if labels else counter).inc()


@dataclass
class OpenCalls:
    """The calls without an answer yet, by leg, path and request, with the seconds at which they were sent."""

    _sent_s: OrderedDict[tuple[str, str, str | None], deque[float]] = field(default_factory=OrderedDict)

    def took_s(self, entry: Entry) -> float | None:
        """Return the seconds that a call took if this entry is its answer.

        Of equal calls the newest is answered: the caller of an older one may have left, and no event says so.
        """
        match entry.event:
            case CallSent(leg=leg, path=path, request_id=request):
                self._sent_s.setdefault((leg, path, request), deque(maxlen=OPEN_CALLS)).append(entry.at_s)
                if len(self._sent_s) > OPEN_CALLS:
                    self._sent_s.popitem(last=False)
            case CallAnswered(leg=leg, path=path, request_id=request):
                began_s = self._ended((leg, path, request))
                return None if began_s is None else entry.at_s - began_s
        return None

    def _ended(self, call: tuple[str, str, str | None]) -> float | None:
        sent_s = self._sent_s.get(call)
        if not sent_s:
            return None
        began_s = sent_s.pop()
        if not sent_s:
            del self._sent_s[call]
        return began_s
