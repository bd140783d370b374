"""The question a miss policy is asked, and the four answers it may give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from gateway_sim.job_states import JobLiveness
from gateway_sim.legs import Leg
from gateway_sim.route_table import Route, RouteKey


@dataclass(frozen=True)
class Miss:
    """A request without a route: whose, on which leg, how long the gateway has kept it, and what was seen instead.

    `seen` is None, a tombstone, a route that is PENDING or an older generation than the `at_least` asked for.
    `asked_primary` says that `seen` comes from a strong read, `unreadable` why none could be had. `liveness` is what
    the control plane said, None while it was not asked. `stray` says that `seen` led to a place where the pod is not.
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


@dataclass(frozen=True)
class Wait:
    """Keep the request for `for_s` seconds, then look again. Raises ValueError for a wait in which no time passes."""

    for_s: float

    def __post_init__(self) -> None:
        """Refuse a wait that would be repeated for ever within one moment."""
        if not self.for_s > 0.0:
            raise ValueError(f"a miss policy answered Wait({self.for_s:g}); it must wait for more than 0 s")


@dataclass(frozen=True)
class AskPrimary:
    """Read the route table strongly, then look at what it says."""


@dataclass(frozen=True)
class AskControlPlane:
    """Ask the control plane where the job stands, then look at what it says."""


@dataclass(frozen=True)
class Refuse:
    """Answer with a problem of this status and type; `extra` joins the body, `headers` the answer's."""

    status: int
    slug: str
    title: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


Answer = Wait | AskPrimary | AskControlPlane | Refuse


class MissPolicy(Protocol):
    """A frozen record of settings that answers one question.

    A policy with `follows_strays = True` is asked too when the pod was not where its route said: nothing listened
    there, or another pod answered 421.
    """

    name: ClassVar[str]

    def on_miss(self, miss: Miss) -> Answer:
        """Answer what is done about a request whose route is not seen."""
        ...
