"""Events of the route table and the gateway."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RoutePublished:
    """A route was written; strong reads see it at once, replicas after their lag."""

    account: str
    job: str
    generation: int
    address: str


@dataclass(frozen=True)
class RouteWithdrawn:
    """A route's tombstone was written."""

    account: str
    job: str
    generation: int


@dataclass(frozen=True)
class RouteDraining:
    """A route was marked: its pod is draining and takes no new run."""

    account: str
    job: str
    generation: int


@dataclass(frozen=True)
class PublishWasRefused:
    """A conditional write for `generation` failed because the newer `current` is in the table."""

    account: str
    job: str
    generation: int
    current: int


@dataclass(frozen=True)
class StrongRead:
    """The table was read with `ConsistentRead=True`; it costs twice an eventual read.

    See docs/reference/findings.md §4.
    """

    account: str
    job: str


@dataclass(frozen=True)
class RouteMissed:
    """A replica did not see a route for a request."""

    replica: str
    account: str
    job: str
    leg: str
    connection: str = field(default="", compare=False)
    path: str = field(default="", compare=False)


@dataclass(frozen=True)
class LeaseExpired:
    """A replica did not use its copy of a READY route: by its clock, the lease ended `ended_s` seconds ago."""

    replica: str
    account: str
    job: str
    generation: int
    ended_s: float


@dataclass(frozen=True)
class RequestForwarded:
    """A request went to the pod at `address`."""

    replica: str
    account: str
    job: str
    leg: str
    generation: int
    address: str
    connection: str = field(default="", compare=False)
    path: str = field(default="", compare=False)


@dataclass(frozen=True)
class RequestRefused:
    """The gateway answered with a problem of type `slug`."""

    replica: str
    leg: str
    status: int
    slug: str
    connection: str = field(default="", compare=False)
    path: str = field(default="", compare=False)


@dataclass(frozen=True)
class AdmissionRefused:
    """A replica over its rate refused a request, and told its caller to come back in `told_s`; see `RequestRefused`."""

    replica: str
    told_s: float


@dataclass(frozen=True)
class RequestRerouted:
    """At `address` was no pod or another job's; the request is sent to another address."""

    replica: str
    address: str
    connection: str = field(default="", compare=False)


@dataclass(frozen=True)
class RequestRepeated:
    """The gateway sent a request to the pod again by itself, `because` of a status, a failure's kind, or a "hedge"."""

    replica: str
    account: str
    job: str
    leg: str
    address: str
    because: str
    connection: str = field(default="", compare=False)
    path: str = field(default="", compare=False)


@dataclass(frozen=True)
class EndpointEjected:
    """An address of several failed too often in a row; the replica sends it nothing for `for_s` seconds."""

    replica: str
    address: str
    for_s: float


@dataclass(frozen=True)
class UpstreamFailed:
    """A pod gave no complete answer; `kind` is "refused", "connect-timeout", "reset" or "timeout"."""

    replica: str
    account: str
    job: str
    leg: str
    address: str
    kind: str
    connection: str = field(default="", compare=False)


@dataclass(frozen=True)
class ViewChanged:
    """A replica's view of the table changed."""

    replica: str
    view: str


@dataclass(frozen=True)
class RouteBelieved:
    """What a replica saw of a job's route from `from_s` to `to_s`, in seconds of the loop; emitted when the world ends.

    `seen` is a route's state, "EXPIRED" (its lease had ended by the replica's clock) or "nothing". `stale`: the replica
    did not see a written change yet. `wavering`: each read drew anew whether to show that change.
    """

    replica: str
    account: str
    job: str
    seen: str
    generation: int
    stale: bool
    wavering: bool
    from_s: float
    to_s: float


@dataclass(frozen=True)
class ReplicaAnswered:
    """The DynamoDB endpoint answered an operation; `replica` is None if the table itself, or no table, answered.

    `stale_items` counts the items that the replica showed older than the table has them. A query or scan counts those
    of the whole table.
    """

    operation: str
    replica: int | None
    status: int
    stale_items: int
