"""The interface of a miss policy: its question, and the four answers that it may give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar

from gateway_sim.job_states import JobLiveness
from gateway_sim.legs import Leg
from gateway_sim.route_table import Route, RouteKey


@dataclass(frozen=True)
class Miss:
    """A request without a route: its job and leg, how long the gateway has held it, and what was seen instead.

    `seen` is None, a tombstone, a PENDING route, an EXPIRED one (its lease has ended by the replica's clock), or one of
    an older generation than `at_least`. `asked_primary`: `seen` comes from a strong read, whose lease no clock of a
    reader judges; `unreadable` is the reason why that failed. `liveness` is the control plane's answer, None
    before it was asked. `stray`: the address of `seen` has no pod, or another job's. `begins_run`: the request begins a
    run, so that a gateway with `spares_draining` does not send it to a draining pod. `at_s` is the loop's time.
    `shares_read`: a strong read of the job waits to begin, and this request would share it.
    """

    key: RouteKey
    leg: Leg
    waited_s: float
    seen: Route | None
    asked_primary: bool = False
    at_least: int = 0
    unreadable: str = ""
    liveness: JobLiveness | None = None
    stray: bool = False
    begins_run: bool = False
    at_s: float = 0.0
    shares_read: bool = False


@dataclass(frozen=True)
class Wait:
    """Hold the request for `for_s` seconds, then look again. Raises ValueError unless `for_s` is above 0."""

    for_s: float

    def __post_init__(self) -> None:
        """Refuse a wait of 0 s, which would be repeated for ever without time passing."""
        if not self.for_s > 0.0:
            raise ValueError(f"a miss policy answered Wait({self.for_s:g}); it must wait for more than 0 s")


@dataclass(frozen=True)
class AskPrimary:
    """Read the route table strongly, then decide again."""


@dataclass(frozen=True)
class AskControlPlane:
    """Ask the control plane for the job's liveness, then decide again."""


@dataclass(frozen=True)
class Refuse:
    """Answer with a problem of this status and type; `extra` is added to the body, `headers` to the headers.

    With `text`, the body is this plain text instead.
    """

    status: int
    slug: str
    title: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


Answer = Wait | AskPrimary | AskControlPlane | Refuse
M = TypeVar("M")


class MissPolicy(Protocol):
    """A frozen record of settings that decides on misses.

    A policy with `follows_strays = True` also decides when a route's address is wrong: nothing listened there, or
    another job's pod answered 421. One with `spares_draining = True` also decides when a request would begin a run at a
    draining pod.
    """

    name: ClassVar[str]

    def on_miss(self, miss: Miss) -> Answer:
        """Decide what follows for a request without a route."""
        ...


class PolicyWithMemory(Protocol[M]):
    """A policy that remembers: `memory` is a frozen record, with which each gateway replica begins."""

    name: ClassVar[str]

    @property
    def memory(self) -> M:
        """The memory of a replica before its first question."""
        ...

    def on_miss(self, miss: Miss, memory: M) -> tuple[Answer, M]:
        """Decide what follows for a request without a route, and return what the replica remembers from then on."""
        ...
