"""One request as client, gateway and pod saw it: their events, joined. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from client.events import CallAnswered, CallLost, CallSent
from gateway_sim.events import RequestForwarded, RequestRefused, RequestRerouted, RouteMissed, UpstreamFailed
from scenarios.sim.trace import Entry, Trace


@dataclass
class Hop:
    """A request in the gateway: the replica and the connection that carried it, and its end there."""

    at_s: float
    replica: str
    connection: str
    path: str
    missed_s: float | None = None
    forwarded: list[tuple[float, str]] = field(default_factory=list)
    refused: tuple[float, int, str] | None = None
    failed: str | None = None
    sent: bool = False
    """Whether a pod has it: the next event of the connection then belongs to another request."""


@dataclass
class Call:
    """A request as its client saw it; `ended_s` is None for a request without an answer or an error.

    `status` is the answer's, `lost` the reason for a missing answer. `hop` is None for a call that the gateway never
    had: calls to the control plane, and those of a trace without a gateway.
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
    """Return the gateway's events of each request, in the order in which the requests arrived.

    Events name their connection, which carries one request at a time.
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
        case RequestRerouted():
            hop.sent = False
        case RequestRefused(status=status, slug=slug):
            hop.refused = (entry.at_s, status, slug)
        case UpstreamFailed(kind=kind):
            hop.failed, hop.sent = kind, False


def calls(trace: Trace) -> list[Call]:
    """Return every call in the order of sending, each with its hop."""
    found = list(_paired(trace))
    _join(found, hops(trace))
    return found


def _paired(trace: Trace) -> Iterator[Call]:
    """Join answers and losses to the calls; of several equal calls, to the one that was sent first."""
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
    """Give each hop to the first call of its path that was open then and that got the gateway's answer."""
    waiting: dict[str, list[Call]] = defaultdict(list)
    for call in found:
        waiting[call.path.lstrip("/")].append(call)
    for hop in arrived:
        alike = waiting[hop.path]
        # the gateway never had the calls that ended before this request arrived
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
