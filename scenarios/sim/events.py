"""What the laboratory itself reports: the world it built, the user's run, the faults it injected."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class WorldBuilt:
    """The world stands; `undisturbed` is the weights digest of the same run without gateway or faults."""

    race: str
    client: str
    gateway: str
    sdk: str
    balance: str
    engine: str
    steps: int
    undisturbed: str
    batches_a_step: int = 1


@dataclass(frozen=True)
class JobPreempted:
    """The job's pod was taken away, and the job waits for another; `grace_s` more the old pod can be reached."""

    job: str
    grace_s: float


@dataclass(frozen=True)
class AddressReused:
    """A pod of `job` got an address that another job's pod had before."""

    job: str
    address: str


@dataclass(frozen=True)
class DeleteCameLate:
    """A delete of an old generation's route arrived; `changed` says whether it changed the table."""

    job: str
    generation: int
    changed: bool


@dataclass(frozen=True)
class ReplyLost:
    """A pod answered a call on `leg`, and the answer never arrived."""

    leg: str


@dataclass(frozen=True)
class FaultInjected:
    """A fault took hold."""

    fault: str


@dataclass(frozen=True)
class FaultLifted:
    """A fault ended."""

    fault: str


@dataclass(frozen=True)
class JobDeleted:
    """The user deleted the job; from here on it is truly not there."""

    job: str


@dataclass(frozen=True)
class RunStarted:
    """The user's script began to connect."""

    steps: int


@dataclass(frozen=True)
class UserThought:
    """The user's script did work of its own for `for_s` before its next step."""

    for_s: float


@dataclass(frozen=True)
class StepAcknowledged:
    """The user got the result of optimizer step `step` (from 1); of which model, None where that is unknown.

    A group of clients has a step once all its members have.
    """

    step: int
    account: str | None = None
    job: str | None = None
    model_id: str | None = None


@dataclass(frozen=True)
class MemberAcknowledged:
    """One client of a group, `member`, got the result of optimizer step `step` of its own model."""

    member: str
    step: int
    account: str
    job: str
    model_id: str


@dataclass(frozen=True)
class CallReturned:
    """A call of the user's on a real SDK returned after so long; `told` is what it returned, where that is short."""

    call: str
    took_s: float
    told: Mapping[str, object]


@dataclass(frozen=True)
class CallRaised:
    """A call of the user's on a real SDK raised this, as a traceback would name it; it came from `status`, if any."""

    call: str
    took_s: float
    type: str
    status: int | None
    message: str


@dataclass(frozen=True)
class RunFinished:
    """The user's script reached its end."""

    steps: int


@dataclass(frozen=True)
class RunFailed:
    """The user's script died of this error, which came from a request on `leg` answered with `status`."""

    type: str
    status: int | None
    leg: str | None
    message: str


@dataclass(frozen=True)
class RunHung:
    """The user's script had neither finished nor failed when the world's patience or its count of requests ran out."""

    after_s: float
    requests: int


@dataclass(frozen=True)
class ConnectionBroken:
    """A server gave up in the middle of an answer, and the caller saw the connection reset."""

    host: str
    path: str
    error: str


@dataclass(frozen=True)
class ReplyDelayed:
    """A pod answered a call on `leg`, and the answer took `by_s` longer to arrive."""

    leg: str
    by_s: float


@dataclass(frozen=True)
class StrongReadFailed:
    """A strong read of the route table could not be had, or proved nothing."""

    why: str


@dataclass(frozen=True)
class NegativeCacheHits:
    """A replica answered from a remembered miss so many times, while the table would have shown the route."""

    replica: str
    times: int


@dataclass(frozen=True)
class RoutesLagged:
    """A replica showed less than the table held in so many reads, because it is late."""

    replica: str
    times: int


@dataclass(frozen=True)
class RoutesCutOff:
    """A replica showed less than the table held in so many reads, and would have shown more had nothing cut it off."""

    replica: str
    times: int


@dataclass(frozen=True)
class RequestHitRestart:
    """A host that restarts reset a call whose caller still waited, or refused a new one."""

    host: str
    kind: str
