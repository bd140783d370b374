"""The requests of a test's client, and the replicas that answered them. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway_sim.client.events import CallAnswered, CallSent
from gateway_sim.events import RequestForwarded, RequestRefused, RequestRerouted, RouteMissed
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.sim.trace import Trace


@dataclass
class Contact:
    """A client's contact with a stack. Times are seconds of the world.

    `sent` counts all requests of the client, `first_s` is the time of the first. `asked` counts for each replica the
    requests for the stack's job, and `first_asked_s` has the time of the first of them; they came over `connections`.
    `other_jobs` are the other jobs that were asked for. `refused` counts the answers 4xx of the gateway and of the
    control plane to requests for which no replica looked for the job. `lag_over_s` says when each replica sees the
    job's route; None for a replica that does not lag.
    """

    job: RouteKey
    lag_over_s: Mapping[str, float | None]
    sent: int = 0
    first_s: float | None = None
    asked: Counter[str] = field(default_factory=Counter)
    first_asked_s: dict[str, float] = field(default_factory=dict)
    connections: set[str] = field(default_factory=set)
    other_jobs: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def reached(self) -> bool:
        """Whether a replica looked for the route of the job."""
        return bool(self.asked)

    def text(self) -> str:
        """Return the contact in one line."""
        if self.first_s is None:
            return "the client sent no request"
        told = f"the client sent {counted(self.sent, 'request')}, the first at {self.first_s:.3f} s"
        if self.reached:
            replicas = [f"{name} {self.asked[name]} ({self._lag(name)})" for name in self.lag_over_s]
            told += f"; {counted(sum(self.asked.values()), 'request')} for {self.job} reached a replica"
            told += f" over {counted(len(self.connections), 'connection')}: {', '.join(replicas)}"
        if self.refused:
            told += f"; refused: {', '.join(f'{answer} × {times}' for answer, times in self.refused.items())}"
        return told

    def _lag(self, replica: str) -> str:
        over_s = self.lag_over_s[replica]
        return "does not lag" if over_s is None else f"lagged until {over_s:.3f} s"


def contact(trace: Trace, job: RouteKey, lag_over_s: Mapping[str, float | None]) -> Contact:
    """Read a client's contact with the stack's job from the trace."""
    found = Contact(job, lag_over_s)
    # HTTP/1.1 has one request at a time on a connection: a forward that follows a miss is the same request
    counted_already: set[str] = set()
    for entry in trace.of(CallSent, CallAnswered, RouteMissed, RequestForwarded, RequestRefused, RequestRerouted):
        match entry.event:
            case CallSent():
                found.sent += 1
                found.first_s = entry.at_s if found.first_s is None else found.first_s
            case CallAnswered(leg="control", status=status) if 400 <= status < 500:
                found.refused[f"{status} by the control plane"] += 1
            case RouteMissed(account=account, job=name) | RequestForwarded(account=account, job=name) as looked:
                if (account, name) != job:
                    found.other_jobs.add(f"{account}/{name}")
                elif looked.connection not in counted_already:
                    found.asked[looked.replica] += 1
                    found.first_asked_s.setdefault(looked.replica, entry.at_s)
                    found.connections.add(looked.connection)
                counted_already.discard(looked.connection)
                if isinstance(looked, RouteMissed):
                    counted_already.add(looked.connection)
            case RequestRerouted(connection=connection):
                counted_already.add(connection)
            case RequestRefused(connection=connection, status=status, slug=slug):
                if connection not in counted_already:
                    found.refused[f"{status} {slug}"] += 1
                counted_already.discard(connection)
    return found


def counted(number: int, what: str) -> str:
    """Return a number of things in words: "1 request", "2 requests"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
