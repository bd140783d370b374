"""Finds the pod of a request: what the replica sees first, then whatever the miss policy asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway_sim.capacity import ReadCapacity
from gateway_sim.decide import Forward, Stale, decide
from gateway_sim.events import RouteMissed
from gateway_sim.job_states import JobStanding, JobStates
from gateway_sim.legs import Leg
from gateway_sim.miss_policies import AskControlPlane, AskPrimary, Miss, MissPolicy, Refuse, Wait
from gateway_sim.primary import Primary, StrongReadUnavailable
from gateway_sim.problems import Problem
from gateway_sim.replicas import Replica
from gateway_sim.route_table import Route, RouteKey
from gateway_sim.single_flight import SingleFlight


@dataclass(frozen=True)
class RoutedRequest:
    """Whose pod a request is for, by which leg, and what it asks of the pod; `path` is as it came, still encoded."""

    key: RouteKey
    leg: Leg
    path: str
    at_least: int


class Finder:
    """Asks the replica, and on a miss the policy, until there is a pod to forward to or an answer to give.

    Strong reads are coalesced for each replica, as they are within one gateway process, and what they find is shown to
    the replica, so that one read heals the requests after it.
    """

    def __init__(
        self,
        policy: MissPolicy,
        emit: Callable[[object], None],
        primary: Primary | None = None,
        job_states: JobStates | None = None,
    ) -> None:
        self.policy = policy
        self.primary = primary
        self.job_states = job_states
        self.capacity = ReadCapacity()
        self._emit = emit
        self._strong = SingleFlight(self._strong_read)
        self._states = SingleFlight(self._job_standing)

    @property
    def follows_strays(self) -> bool:
        """Whether the policy wants to be asked again about a pod that was not where its route said."""
        return getattr(self.policy, "follows_strays", False)

    async def find(
        self, asked: RoutedRequest, replica: Replica, stray: Forward | None = None, connection: str = ""
    ) -> Forward:
        """Find the pod, asking the policy as long as it is not seen. Raises `Problem`.

        `stray` is where a first try led: nobody listened there, or a pod that was not meant. `connection` is only told.
        """
        loop = asyncio.get_running_loop()
        route, missed = self._look(asked.key, replica, loop.time()), stray is not None
        decision = decide(route, asked.at_least)
        if stray is None and isinstance(decision, Forward):
            return decision
        # the pod that led astray is what the replica still sees; only what is newer than that can help
        at_least = max(asked.at_least, stray.generation if stray else 0)
        miss = Miss(asked.key, asked.leg, 0.0, None, at_least=at_least)
        while True:
            decision = decide(route, asked.at_least)
            if isinstance(decision, Forward) and (decision != stray):
                return decision
            if not missed:
                missed = True
                key = asked.key
                self._emit(RouteMissed(replica.name, key.account, key.job, asked.leg, connection, asked.path))
            seen = decision.route if isinstance(decision, Stale) else route
            answer = self.policy.on_miss(replace(miss, seen=seen, stray=decision == stray))
            match answer:
                case Wait(for_s):
                    await asyncio.sleep(for_s)
                    miss = Miss(asked.key, asked.leg, miss.waited_s + for_s, None, at_least=at_least)
                    route = self._look(asked.key, replica, loop.time())
                case AskPrimary():
                    if miss.unreadable:
                        # a policy that insists would ask for ever
                        raise Problem(503, "no-strong-read", "Route unknown", miss.unreadable)
                    try:
                        route = await self._strong((replica.name, asked.key))
                        miss = replace(miss, asked_primary=True)
                    except StrongReadUnavailable as unavailable:
                        miss = replace(miss, unreadable=str(unavailable))
                    else:
                        if route is not None:
                            replica.learn(route, loop.time())
                case AskControlPlane():
                    miss = replace(miss, standing=await self._states(asked.key))
                case Refuse():
                    raise Problem(answer.status, answer.slug, answer.title, answer.detail, answer.headers, answer.extra)

    def _look(self, key: RouteKey, replica: Replica, now_s: float) -> Route | None:
        self.capacity.eventual += 1
        return replica.read(key, now_s)

    async def _strong_read(self, asked: tuple[str, RouteKey]) -> Route | None:
        if self.primary is None:
            raise StrongReadUnavailable("this gateway has no way to read the route table strongly")
        self.capacity.strong += 1
        return await self.primary.strong_read(asked[1])

    async def _job_standing(self, key: RouteKey) -> JobStanding:
        return "unknown" if self.job_states is None else await self.job_states.standing(key)
