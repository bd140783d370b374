"""Finds the pod of a request: by the replica's view, and on a miss by the steps of the miss policy."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gateway_sim.decide import Forward, forward, next_step
from gateway_sim.endpoints import Ejection, Endpoints
from gateway_sim.events import EndpointEjected, LeaseExpired, RouteMissed
from gateway_sim.job_states import JobLiveness, JobStates
from gateway_sim.legs import BEGINS_A_RUN, Leg
from gateway_sim.miss_policies import (
    AskControlPlane,
    AskPrimary,
    Miss,
    MissPolicy,
    PolicyWithMemory,
    Refuse,
    Wait,
)
from gateway_sim.policy_memory import PolicyOfReplicas
from gateway_sim.primary import Primary, StrongReadUnavailable
from gateway_sim.problems import Problem
from gateway_sim.replicas import Replica
from gateway_sim.route_table import Route, RouteKey
from gateway_sim.single_flight import SingleFlight


@dataclass
class ReadCapacity:
    """Reads of the route table and their cost in DynamoDB's units, for items up to 4 KB; moto counts 0.5 for any read.

    See docs/reference/findings.md §4.
    """

    strong: int = 0
    eventual: int = 0

    @property
    def units(self) -> float:
        """Return the units used so far."""
        return self.strong + self.eventual * 0.5


@dataclass(frozen=True)
class RoutedRequest:
    """A request's job, leg, path on the pod (still percent-encoded) and the oldest generation that it accepts."""

    key: RouteKey
    leg: Leg
    path: str
    at_least: int


class Finder:
    """Reads the replica, and on a miss asks the policy, until there is a pod to forward to or an answer to give.

    Strong reads are coalesced for each replica, as they are within one gateway process. The replica learns what they
    find, so that later requests need no strong read. The replica's clock judges the leases of what it reads, and not of
    what was read strongly for this request.
    """

    def __init__(
        self,
        policy: MissPolicy | PolicyWithMemory[Any],
        emit: Callable[[object], None],
        primary: Primary | None = None,
        job_states: JobStates | None = None,
        ejection: Ejection = Ejection(),  # noqa: B008 - it is frozen
    ) -> None:
        self.capacity = ReadCapacity()
        self._ejection = ejection
        self._endpoints: dict[str, Endpoints] = {}
        self.policy_of = PolicyOfReplicas(policy).of
        self.follows_strays: bool = getattr(policy, "follows_strays", False)
        """Whether the policy is asked when a route's address has no pod, or another job's."""
        self._primary = primary
        self._job_states = job_states
        self._emit = emit
        self._spares_draining: bool = getattr(policy, "spares_draining", False)
        self._strong = SingleFlight(self._strong_read)
        self._states = SingleFlight(self._liveness)

    async def find(
        self, request: RoutedRequest, replica: Replica, stray: Forward | None = None, connection: str = ""
    ) -> Forward:
        """Find the pod, asking the policy while none is seen. Raises `Problem`.

        `stray` is the target of a failed first attempt: nothing listened there, or another job's pod. `connection` is
        only for the event.
        """
        key, route = request.key, self._look(request.key, replica)
        spared = self._spares_draining and request.path == BEGINS_A_RUN
        if stray is None:
            target = forward(route, request.at_least, spared)
            if target is not None:
                return target if route is None or not route.endpoints else self._picked(target, route, replica)
            if forward(route, request.at_least) is None:
                if route is not None and route.state == "EXPIRED":
                    ended_s = replica.clock.ended_s(route, asyncio.get_running_loop().time())
                    self._emit(LeaseExpired(replica.name, key.account, key.job, route.generation, round(ended_s, 3)))
                self._emit(RouteMissed(replica.name, key.account, key.job, request.leg, connection, request.path))
        elif route is not None and stray.generation == route.generation and stray.address in route.endpoints:
            if self._is_failing(stray, replica):
                # the route is right, and one of its addresses is not
                return self._picked(stray, route, replica, stray.address)
            # whichever of its addresses it was, the route led astray
            stray = stray._replace(address=route.address)
        # the replica still shows the route that failed; only a newer one can help
        at_least = max(request.at_least, stray.generation if stray else 0)
        miss = Miss(key, request.leg, 0.0, route, at_least=at_least, begins_run=spared)
        policy, loop = self.policy_of(replica.name), asyncio.get_running_loop()
        while True:
            shared = self._strong.is_boarding((replica.name, key))
            step = next_step(policy, replace(miss, at_s=loop.time(), shares_read=shared), request.at_least, stray)
            match step:
                case Forward():
                    seen = miss.seen
                    return step if seen is None or not seen.endpoints else self._picked(step, seen, replica)
                case Wait(for_s):
                    await asyncio.sleep(for_s)
                    seen = self._look(key, replica)
                    waited_s = miss.waited_s + for_s
                    miss = Miss(key, request.leg, waited_s, seen, at_least=at_least, begins_run=spared)
                case AskPrimary():
                    miss = await self._ask_primary(miss, replica)
                case AskControlPlane():
                    miss = replace(miss, liveness=await self._states(key))
                case Refuse():
                    raise Problem(step.status, step.slug, step.title, step.detail, step.headers, step.extra, step.text)

    def failed(self, target: Forward, replica: Replica) -> None:
        """Take note that the connection to a target failed."""
        if (endpoints := self._endpoints.get(replica.name)) is not None:
            ejected_s = endpoints.failed(target.address, asyncio.get_running_loop().time())
            if ejected_s:
                self._emit(EndpointEjected(replica.name, target.address, ejected_s))

    def answered(self, target: Forward, replica: Replica) -> None:
        """Take note that a target answered."""
        if (endpoints := self._endpoints.get(replica.name)) is not None:
            endpoints.answered(target.address)

    def _is_failing(self, target: Forward, replica: Replica) -> bool:
        """Say whether a target is at one of several addresses, and its connections fail."""
        endpoints = self._endpoints.get(replica.name)
        return endpoints is not None and endpoints.is_failing(target.address, asyncio.get_running_loop().time())

    def _picked(self, target: Forward, route: Route, replica: Replica, avoided: str = "") -> Forward:
        """Return the target at one of the several addresses of its pod."""
        endpoints = self._endpoints.setdefault(replica.name, Endpoints(self._ejection))
        return target._replace(address=endpoints.pick(route.endpoints, asyncio.get_running_loop().time(), avoided))

    def _look(self, key: RouteKey, replica: Replica) -> Route | None:
        self.capacity.eventual += 1
        now_s = asyncio.get_running_loop().time()
        return replica.clock.read(replica.read(key, now_s), now_s)

    async def _ask_primary(self, miss: Miss, replica: Replica) -> Miss:
        """Return the miss with the result of a strong read, or with the reason why there is none."""
        try:
            route = await self._strong((replica.name, miss.key))
        except StrongReadUnavailable as unavailable:
            return replace(miss, unreadable=str(unavailable))
        if route is not None:
            replica.learn(route, asyncio.get_running_loop().time())
        return replace(miss, seen=route, asked_primary=True)

    async def _strong_read(self, asked: tuple[str, RouteKey]) -> Route | None:
        if self._primary is None:
            raise StrongReadUnavailable("this gateway has no way to read the route table strongly")
        self.capacity.strong += 1
        return await self._primary.strong_read(asked[1])

    async def _liveness(self, key: RouteKey) -> JobLiveness:
        return "unknown" if self._job_states is None else await self._job_states.liveness(key)
