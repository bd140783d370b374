"""A connection ends with the process that accepted it; a client that still uses it would be pinned to nothing."""

from collections.abc import Iterator

from gateway_sim.events import RequestForwarded, RequestRefused, RequestRerouted, RouteMissed, UpstreamFailed
from gateway_sim.scenarios.faults.gateway_restart import GatewayRestart
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.events import FaultInjected, WorldBuilt
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.scenarios.sim.wire_events import ReplicaRestarted

OF_REQUESTS = (RequestForwarded, RequestRefused, RequestRerouted, RouteMissed, UpstreamFailed)


def a_restarted_gateway_keeps_no_client_pinned(trace: Trace) -> Iterator[Violation]:
    """A restarted gateway keeps no client pinned: no request begins on a connection from before the restart.

    Where one replica restarts, these are the connections that the balancer had pinned to it. A balancer that picks for
    each request pins none.
    """
    pins = all(entry.event.balance == "per-connection" for entry in trace.of(WorldBuilt))
    last: dict[str, Entry] = {}
    ended: dict[str, Entry] = {}
    for entry in trace.of(FaultInjected, ReplicaRestarted, *OF_REQUESTS):
        event = entry.event
        if isinstance(event, FaultInjected):
            if event.fault == GatewayRestart.name:
                ended |= dict.fromkeys(last, entry)
        elif isinstance(event, ReplicaRestarted):
            if pins:
                ended |= {known: entry for known, used in last.items() if used.event.replica == event.replica}
        elif event.connection:
            restart = ended.get(event.connection)
            if restart is not None and _begins(event, last[event.connection]):
                message = f"{event.replica} got a request on {event.connection}, which is older than the restart"
                yield Violation.of(message, last[event.connection], restart, entry)
                del ended[event.connection]
            last[event.connection] = entry


def _begins(event: object, before: Entry) -> bool:
    """Say whether a request begins with this event, and does not go on from before a restart."""
    waited = isinstance(before.event, RouteMissed | RequestRerouted)
    return isinstance(event, RouteMissed) or (isinstance(event, RequestForwarded) and not waited)
