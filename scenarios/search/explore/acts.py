"""The acts of a drawn world: what happens to its run, when, and with which figures."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from gateway_sim.control_plane.events import AnswerDelayed, OutageAnswered
from gateway_sim.events import AdmissionRefused
from gateway_sim.scenarios.faults.address import AddressRefuses, AddressSwallows, HalfOpen
from gateway_sim.scenarios.faults.clock_skew import ClockSkew
from gateway_sim.scenarios.faults.control_plane import ControlPlaneOutage, SlowControlPlane
from gateway_sim.scenarios.faults.gateway_overload import GatewayOverload
from gateway_sim.scenarios.faults.gateway_restart import GatewayRestart, ReplicaRestart
from gateway_sim.scenarios.faults.next_reply import DelayedReply, LostReply
from gateway_sim.scenarios.faults.no_strong_read import PrimaryPartition
from gateway_sim.scenarios.faults.pod import PodCrash, PodFreeze
from gateway_sim.scenarios.faults.pod_errors import PodErrors
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.sim import events, lease_events, wire_events
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.world.fault import Fault
from gateway_sim.scenarios.world.verbs import recreate_job

if TYPE_CHECKING:
    from gateway_sim.scenarios.world.builder import World

ROUTES: Final = ("create_session", "create_model", "forward_backward", "optim_step", "retrieve_future")


@dataclass(frozen=True)
class Act:
    """A verb of `VERBS` and its figures in seconds, `delay_s` after step `after_step` was acknowledged (0: the start).

    Acts happen one after the other, and none after the run's end.
    """

    verb: str
    after_step: int = 0
    delay_s: float = 0.0
    for_s: float = 0.0
    by_s: float = 0.0
    route: str = ""

    def document(self) -> dict[str, Any]:
        """Return the fields that differ from their defaults."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}


@dataclass(frozen=True)
class Verb:
    """How an act is performed, and how it is written in a race file.

    `figures` are the fields of `Act` that it needs. `proof` is the event that only this act causes in a drawn world.
    `line` is its statement in a race file, and `imports` are the imports of that statement.
    """

    figures: tuple[str, ...]
    proof: type[Any]
    line: str
    imports: tuple[str, ...] = ()
    fault: Callable[[Act], Fault] | None = None
    do: Callable[["World", Act], Coroutine[Any, Any, None]] | None = None


def _fault(kind: type[Any], proof: type[Any], **figures: str) -> Verb:
    """Return the verb that injects a fault; `figures` maps the fault's fields to the act's."""
    arguments = ", ".join(f"{field}={{{figure}!r}}" for field, figure in figures.items())
    return Verb(
        tuple(figures.values()),
        proof,
        f"world.inject({kind.__name__}({arguments}))",
        (f"from {kind.__module__} import {kind.__name__}",),
        fault=lambda act: kind(**{field: getattr(act, figure) for field, figure in figures.items()}),
    )


VERBS: Final[dict[str, Verb]] = {
    "stale-route": _fault(StaleRoute, events.RoutesCutOff, for_s="for_s"),
    "lost-reply": _fault(LostReply, events.ReplyLost, route="route"),
    "delayed-reply": _fault(DelayedReply, events.ReplyDelayed, route="route", by_s="by_s"),
    "gateway-restart": _fault(GatewayRestart, wire_events.RequestHitRestart, for_s="for_s"),
    "replica-restart": _fault(ReplicaRestart, wire_events.ReplicaRestarted, for_s="for_s"),
    "address-refuses": _fault(AddressRefuses, wire_events.RequestHitAddressFault, for_s="for_s"),
    "address-swallows": _fault(AddressSwallows, wire_events.RequestHitAddressFault, for_s="for_s"),
    "half-open": _fault(HalfOpen, wire_events.RequestHitAddressFault),
    "control-plane-outage": _fault(ControlPlaneOutage, OutageAnswered, for_s="for_s"),
    "slow-control-plane": _fault(SlowControlPlane, AnswerDelayed, by_s="by_s", for_s="for_s"),
    "primary-partition": _fault(PrimaryPartition, events.StrongReadFailed, for_s="for_s"),
    "pod-crash": _fault(PodCrash, events.PodCrashed, for_s="for_s"),
    "pod-freeze": _fault(PodFreeze, events.PodFroze, for_s="for_s"),
    "pod-errors": _fault(PodErrors, events.PodErred, for_s="for_s"),
    "clock-skew": _fault(ClockSkew, lease_events.LeasesMisjudged, for_s="for_s", ahead_s="by_s"),
    "gateway-overload": _fault(GatewayOverload, AdmissionRefused, for_s="for_s"),
    "preempt": Verb(
        ("for_s",),
        events.JobPreempted,
        "await world.preempt_job(grace_s={for_s!r})",
        do=lambda world, act: world.preempt_job(act.for_s),
    ),
    "drain": Verb(
        ("for_s",),
        events.PodDrained,
        "await world.drain_job(grace_s={for_s!r})",
        do=lambda world, act: world.drain_job(act.for_s),
    ),
    "late-delete": Verb(
        (),
        events.DeleteCameLate,
        "await world.deliver_late_delete(generation=1)",
        do=lambda world, act: world.deliver_late_delete(1),
    ),
    "delete": Verb((), events.JobDeleted, "await world.delete_job()", do=lambda world, act: world.delete_job()),
    "recreate": Verb(
        (),
        events.JobDeleted,
        "await recreate_job(world)",
        ("from gateway_sim.scenarios.world.verbs import recreate_job",),
        do=lambda world, act: recreate_job(world),
    ),
}  # fmt: skip
"""Every verb by its name; a fault's verb has the fault's name."""

ENDS: Final = frozenset({"delete", "recreate"})
"""After these the job is gone."""


async def perform(world: "World", act: Act) -> None:
    """Perform an act now."""
    verb = VERBS[act.verb]
    if verb.fault is not None:
        world.inject(verb.fault(act))
    if verb.do is not None:
        await verb.do(world, act)


def check_act(act: Act, where: str, steps: int) -> None:
    """Refuse an act that cannot be performed. Raises `SettingsRefused`, naming the field as `where.field`."""
    if act.verb not in VERBS:
        raise SettingsRefused(f"{where}.verb is {act.verb!r}; it must be one of {', '.join(VERBS)}")
    if not 0 <= act.after_step < steps:
        raise SettingsRefused(
            f"{where}.after_step is {act.after_step}, but the run has only {steps} steps and ends with the last"
        )
    needed = VERBS[act.verb].figures
    for name in ("delay_s", "for_s", "by_s"):
        value = getattr(act, name)
        if not value >= 0:
            raise SettingsRefused(f"{where}.{name} is {value}; it must be 0 or more")
        if name in needed and value == 0 and act.verb != "preempt":
            raise SettingsRefused(f"{where}.{name} is 0; it must be more than 0 for {act.verb}")
    if "route" in needed and act.route not in ROUTES:
        raise SettingsRefused(f"{where}.route is {act.route!r}; it must be one of {', '.join(ROUTES)}")
