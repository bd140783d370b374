"""The laboratory's own events: the world that was built, the user's run, the injected faults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

# races of users import them from here
from gateway_sim.scenarios.sim.wire_events import ConnectionBroken as ConnectionBroken
from gateway_sim.scenarios.sim.wire_events import RequestHitRestart as RequestHitRestart


@dataclass(frozen=True)
class WorldBuilt:
    """The world was built; `undisturbed` is the weights digest of the same run without gateway or faults."""

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
    """The job lost its pod and waits for another; the old pod stays reachable for `grace_s` seconds."""

    job: str
    grace_s: float


@dataclass(frozen=True)
class _OfPod:
    account: str
    job: str
    incarnation: int


@dataclass(frozen=True)
class PodLost(_OfPod):
    """A pod crashed or froze; the control plane is to notice it after `notice_s` seconds."""

    how: ClassVar[str]
    notice_s: float


@dataclass(frozen=True)
class PodCrashed(PodLost):
    """The pod's process ended by itself; its memory is gone."""

    how: ClassVar[str] = "crashed"


@dataclass(frozen=True)
class PodFroze(PodLost):
    """The pod's process answers nothing; it may go on later."""

    how: ClassVar[str] = "froze"


@dataclass(frozen=True)
class PodThawed(_OfPod):
    """A frozen pod answers again, and goes on where it was."""


@dataclass(frozen=True)
class ContainerRestarted(_OfPod):
    """A crashed pod's container was started again at its address, as the same incarnation; its memory is empty."""


@dataclass(frozen=True)
class PodDrained:
    """The job's pod was marked as draining: it takes no new run, and after `grace_s` seconds the job is moved."""

    job: str
    grace_s: float


@dataclass(frozen=True)
class AddressReused:
    """A pod of `job` got an address that another job's pod had before."""

    job: str
    address: str


@dataclass(frozen=True)
class DeleteCameLate:
    """A late delete of an old generation's route arrived; `changed`: whether it changed the table."""

    job: str
    generation: int
    changed: bool


@dataclass(frozen=True)
class ReplyLost:
    """A pod answered a call on `leg`, and the answer never arrived."""

    leg: str


@dataclass(frozen=True)
class PodErred:
    """A pod answered a call on `leg` with 503, or did its work and reset the connection, as a fault has it."""

    leg: str
    how: str


@dataclass(frozen=True)
class FaultInjected:
    """A fault began."""

    fault: str


@dataclass(frozen=True)
class FaultLifted:
    """A fault ended."""

    fault: str


@dataclass(frozen=True)
class JobDeleted:
    """The user deleted the job; from then on a 404 is correct."""

    job: str


@dataclass(frozen=True)
class RunStarted:
    """The user's script began to connect."""

    steps: int


@dataclass(frozen=True)
class UserThought:
    """The user's script computed for `for_s` seconds before its next step."""

    for_s: float


@dataclass(frozen=True)
class StepAcknowledged:
    """The user got the result of optimizer step `step`, counted from 1; the model's names are None where unknown.

    A step of a group of clients is acknowledged once every member has its result.
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
    """A call of the user to a real SDK returned after `took_s` seconds; `told` holds its result if it is short."""

    call: str
    took_s: float
    told: Mapping[str, object]


@dataclass(frozen=True)
class CallRaised:
    """A call of the user to a real SDK raised an exception, named as in a traceback; `status` is its HTTP status."""

    call: str
    took_s: float
    type: str
    status: int | None
    message: str


@dataclass(frozen=True)
class ScriptPrinted:
    """The user's script wrote a line to `stream`, "stdout" or "stderr"."""

    stream: str
    text: str


@dataclass(frozen=True)
class OutsideRefused:
    """The user's program asked for something that virtual time cannot give; `what` is the refusal that it got."""

    what: str


@dataclass(frozen=True)
class RunFinished:
    """The user's script reached its end."""

    steps: int


@dataclass(frozen=True)
class RunFailed:
    """The user's script ended with this error, caused by an answer `status` to a request on `leg`."""

    type: str
    status: int | None
    leg: str | None
    message: str


@dataclass(frozen=True)
class RunHung:
    """The user's script had neither finished nor failed at the world's limit of time or requests."""

    after_s: float
    requests: int


@dataclass(frozen=True)
class StoryHung:
    """A story of orchestration had not ended after `after_s` seconds: at its horizon, or when every task waited.

    `waits` says of each task where it waited.
    """

    after_s: float
    waits: tuple[str, ...]


@dataclass(frozen=True)
class ReplyDelayed:
    """A pod answered a call on `leg`, and the answer took `by_s` longer to arrive."""

    leg: str
    by_s: float


@dataclass(frozen=True)
class StrongReadFailed:
    """A strong read of the route table failed, or proved nothing; `why` is the reason."""

    why: str


@dataclass(frozen=True)
class NegativeCacheHits:
    """A replica answered from a cached miss `times` times, while the table had the route."""

    replica: str
    times: int


@dataclass(frozen=True)
class RoutesLagged:
    """A replica returned an outdated route in `times` reads because of its lag."""

    replica: str
    times: int


@dataclass(frozen=True)
class RoutesCutOff:
    """A replica returned an outdated route in `times` reads because a fault had cut it off."""

    replica: str
    times: int


@dataclass(frozen=True)
class GatewayStarted:
    """An instance of a user's own gateway answers at `address`."""

    replica: str
    address: str


@dataclass(frozen=True)
class GatewayEnded:
    """The process of an instance of a user's own gateway ended; `how` says by what."""

    replica: str
    how: str
