"""The routes of a trace: when each was live, the requests that found none, and where requests were sent. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway_sim.control_plane.events import PodPlaced
from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed, RoutePublished, RouteWithdrawn
from gateway_sim.scenarios.judge.reading import reading
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod.events import PodStopped, RequestMisdirected

Job = tuple[str, str]


class Routes:
    """The route table as a strong reader sees it after each write."""

    def __init__(self) -> None:
        self.standing: dict[Job, Entry] = {}
        """The publication of each job's live route."""
        self.withdrawn: dict[Job, Entry] = {}
        """The tombstone of each job without a newer route."""
        self._ended: dict[tuple[Job, int], Entry] = {}

    def follow(self, entry: Entry) -> None:
        """Apply `entry` if it is a write to the table."""
        event = entry.event
        if not isinstance(event, RoutePublished | RouteWithdrawn):
            return
        job = (event.account, event.job)
        before = self.standing.pop(job, None)
        if before is not None and (before.event.generation < event.generation or isinstance(event, RouteWithdrawn)):
            self._ended[job, before.event.generation] = entry
        if isinstance(event, RouteWithdrawn):
            self.withdrawn[job] = entry
            return
        self.withdrawn.pop(job, None)
        if event.address:
            self.standing[job] = entry

    def ended(self, job: Job, generation: int) -> Entry | None:
        """Return the write that ended a live route of this generation: its tombstone, or a newer generation's."""
        return self._ended.get((job, generation))


@dataclass(frozen=True)
class Want:
    """A request that a gateway refused because a replica knew no live route.

    `missed` is the miss, `refused` the refusal, `published` the publication of the route, if one was live by then.
    """

    missed: Entry
    refused: Entry
    published: Entry | None

    @property
    def job(self) -> Job:
        """The job whose route was missing."""
        return self.missed.event.account, self.missed.event.job

    @property
    def replica(self) -> str:
        """The replica without the route."""
        return str(self.missed.event.replica)

    @property
    def witness(self) -> tuple[Entry, Entry]:
        """The miss and the refusal."""
        return self.missed, self.refused


def wants_and(trace: Trace, *kinds: type[Any]) -> Iterator[Want | Entry]:
    """Yield in order each refusal without a route, and each entry of these kinds.

    A refusal is matched with the miss of the same replica and leg. A miss whose request was still forwarded is dropped.
    """
    routes = Routes()
    open_misses: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    seen = (RouteMissed, RequestForwarded, RequestRefused, RoutePublished, RouteWithdrawn, *kinds)
    for entry in trace.of(*seen):
        event = entry.event
        routes.follow(entry)
        if isinstance(event, RouteMissed):
            open_misses[event.replica, event.leg].append(entry)
        elif isinstance(event, RequestForwarded | RequestRefused) and open_misses[event.replica, event.leg]:
            missed = open_misses[event.replica, event.leg].pop(0)
            if isinstance(event, RequestRefused):
                yield Want(missed, entry, routes.standing.get((missed.event.account, missed.event.job)))
        if isinstance(event, kinds):
            yield entry


@reading
def wants(trace: Trace) -> Iterator[Want]:
    """Yield each refusal without a route."""
    return (want for want in wants_and(trace) if isinstance(want, Want))


@dataclass(frozen=True)
class Delivery:
    """A request that a gateway sent to a pod, or, if `refused`, a pod's answer that it is the wrong one.

    Pods are named `account/job@incarnation`: `asked` is the requested pod, `found` the pod at the address. `placed` is
    the placing of `found`, `up` says that it has not stopped, and `ended` is the write that had ended the route.
    """

    entry: Entry
    asked: str
    found: str
    placed: Entry | None = None
    up: bool = True
    ended: Entry | None = None
    refused: bool = False

    @property
    def is_misdirected(self) -> bool:
        """Whether the wrong pod got it."""
        return self.found != self.asked

    @property
    def witness(self) -> tuple[Entry, ...]:
        """The placing of the pod at the address, and the request."""
        return (self.placed, self.entry) if self.placed else (self.entry,)


@reading
def deliveries(trace: Trace) -> Iterator[Delivery]:
    """Yield each request that was sent to a pod, and each refusal of a pod that was the wrong one.

    The wrong pod is known by its refusal, and where a pod does not check, by the job placed at its address.
    """
    routes = Routes()
    placed_at: dict[str, Entry] = {}
    stopped: set[str] = set()
    for entry in trace.of(RoutePublished, RouteWithdrawn, PodPlaced, PodStopped, RequestForwarded, RequestMisdirected):
        routes.follow(entry)
        match entry.event:
            case PodPlaced(address=address):
                placed_at[address] = entry
                stopped.discard(_pod(entry))
            case PodStopped():
                stopped.add(_pod(entry))
            case RequestMisdirected(asked=asked):
                yield Delivery(entry, asked, _pod(entry), refused=True)
            case RequestForwarded(account=account, job=job, generation=generation, address=address):
                asked, placed = f"{account}/{job}@{generation}", placed_at.get(address)
                found = _pod(placed) if placed else asked
                ended = routes.ended((account, job), generation)
                yield Delivery(entry, asked, found, placed, found not in stopped, ended)


def _pod(entry: Entry) -> str:
    return f"{entry.event.account}/{entry.event.job}@{entry.event.incarnation}"
