"""One request as everybody saw it: the call of a client, joined to the gateway's and the pod's part. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from client.events import CallAnswered, CallLost, CallSent
from gateway_sim.events import RequestForwarded, RequestRefused, RequestRerouted, RouteMissed, UpstreamFailed
from scenarios.sim.trace import Entry, Trace


@dataclass
class Hop:
    """A request in the gateway: who took it over which connection, and what became of it there."""

    at_s: float
    replica: str
    connection: str
    path: str
    missed_s: float | None = None
    forwarded: list[tuple[float, str]] = field(default_factory=list)
    refused: tuple[float, int, str] | None = None
    failed: str | None = None
    sent: bool = False
    """Whether it is with a pod: the next event of the connection is then another request's."""


@dataclass
class Call:
    """A request as its client saw it; `ended_s` is None when nothing ever came back.

    `status` is the answer's, `lost` says why there was none, `hop` is None where the gateway never had it: calls to the
    control plane, and those of a trace without a gateway.
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
    """Return what the gateway told of each request, in the order it took them up.

    Events name their connection, which carries one request at a time: one that is not under way any more was the last.
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
    """Return every call, in the order they were sent, each with its hop."""
    found = list(_paired(trace))
    _join(found, hops(trace))
    return found


def _paired(trace: Trace) -> Iterator[Call]:
    """Join answers and losses to what was sent: of several alike, the one that was sent first."""
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
    """Give each hop to the first call of its path that was under way, and that heard what the gateway said."""
    waiting: dict[str, list[Call]] = defaultdict(list)
    for call in found:
        waiting[call.path.lstrip("/")].append(call)
    for hop in arrived:
        alike = waiting[hop.path]
        # those that ended before this arrived were never heard of by the gateway
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
