"""Requests, each joined from the events of client and gateway. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway_sim.client.events import CallAnswered, CallLost, CallSent
from gateway_sim.events import RequestForwarded, RequestRefused, RequestRerouted, RouteMissed, UpstreamFailed
from gateway_sim.scenarios.sim.trace import Entry, Trace


@dataclass
class Hop:
    """A request in the gateway: its replica, its connection and its outcome there."""

    at_s: float
    replica: str
    connection: str
    path: str
    missed_s: float | None = None
    forwarded: list[tuple[float, str]] = field(default_factory=list)
    refused: tuple[float, int, str] | None = None
    sent: bool = False
    """Whether a pod has the request: the connection's next event then belongs to another request."""


@dataclass
class Call:
    """A request of a client; `ended_s` is None for a request without an answer or an error.

    `status` is the answer's, `lost` the reason for a missing answer. `hop` is None for a call that reached no gateway:
    calls to the control plane, and those of a trace without a gateway.
    """

    source: str
    leg: str
    path: str
    sent_s: float
    seq_id: int | None = None
    request_id: str | None = None
    ended_s: float | None = None
    status: int | None = None
    lost: str | None = None
    hop: Hop | None = None


def hops(trace: Trace) -> list[Hop]:
    """Return the requests of the gateway in their order of arrival.

    The events of one request share a connection, which carries one request at a time.
    """
    found: list[Hop] = []
    open_: dict[str, Hop] = {}
    for entry in trace.of(RouteMissed, RequestForwarded, RequestRerouted, RequestRefused, UpstreamFailed):
        event = entry.event
        hop = open_.get(event.connection)
        if hop is None or (hop.sent and not isinstance(event, RequestRerouted | UpstreamFailed)):
            hop = open_[event.connection] = Hop(entry.at_s, event.replica, event.connection, getattr(event, "path", ""))
            found.append(hop)
        _follow(hop, entry)
        if isinstance(event, RequestRefused):
            del open_[event.connection]
    return found


def _follow(hop: Hop, entry: Entry) -> None:
    match entry.event:
        case RouteMissed():
            hop.missed_s = hop.missed_s or entry.at_s
        case RequestForwarded(address=address):
            hop.forwarded.append((entry.at_s, address))
            hop.sent = True
        case RequestRerouted() | UpstreamFailed():
            hop.sent = False
        case RequestRefused(status=status, slug=slug):
            hop.refused = (entry.at_s, status, slug)


def calls(trace: Trace) -> list[Call]:
    """Return every call in order of sending, each with its hop."""
    found = list(_paired(trace))
    _join(found, hops(trace))
    return found


def _paired(trace: Trace) -> Iterator[Call]:
    """Join each answer or loss to its call; of several equal calls, to the one sent first."""
    under_way: dict[tuple[str, str, str], list[Call]] = defaultdict(list)
    made: list[Call] = []
    for entry in trace.of(CallSent, CallAnswered, CallLost):
        event = entry.event
        open_ = under_way[entry.source, event.leg, event.path]
        if isinstance(event, CallSent):
            call = Call(entry.source, event.leg, event.path, entry.at_s, event.seq_id, event.request_id)
            open_.append(call)
            made.append(call)
            continue
        wanted = getattr(event, "request_id", None)
        call = next((c for c in open_ if wanted is None or c.request_id == wanted), None) or Call("", "", "", 0.0)
        if call in open_:
            open_.remove(call)
        call.ended_s = entry.at_s
        if isinstance(event, CallAnswered):
            call.status = event.status
        else:
            call.lost = event.kind
    yield from made


def _join(found: list[Call], arrived: list[Hop]) -> None:
    """Give each hop to the first call of its path that was open at that time and got the same status."""
    waiting: dict[str, list[Call]] = defaultdict(list)
    for call in found:
        waiting[call.path.lstrip("/")].append(call)
    for hop in arrived:
        alike = waiting[hop.path]
        # calls that ended before this request arrived never reached the gateway
        while alike and alike[0].ended_s is not None and alike[0].ended_s < hop.at_s:
            alike.pop(0)
        for place, call in enumerate(alike):
            if call.sent_s > hop.at_s:
                break
            if _fits(call, hop):
                call.hop = hop
                alike.pop(place)
                break


def _fits(call: Call, hop: Hop) -> bool:
    if call.ended_s is not None and call.ended_s < hop.at_s:
        return False
    if hop.refused is None:
        return True
    _, status, _ = hop.refused
    return call.status == status or call.status is None
