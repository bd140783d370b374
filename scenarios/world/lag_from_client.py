"""A replica's lag that counts from what the client does: its machine may be busy, or its test come late."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gateway_sim.client.events import CallSent
from gateway_sim.events import RouteMissed, RoutePublished, RouteWithdrawn
from gateway_sim.replicas import Dated, Lagging, Lags, Replica
from gateway_sim.scenarios.sim.events import FaultInjected, PodLost, RunStarted, StepAcknowledged
from gateway_sim.scenarios.sim.trace import Trace

ASKS_WITHIN_S: Final = 30.0
"""A client that asks the control plane asks the gateway this soon, also on a busy machine; if it does not, the lag
counts from then, because the control plane may itself wait for the replicas to see the route.
"""
MISSES_WITHIN_S: Final = 60.0
"""A client that asks the gateway reaches a replica that lags this soon; if it does not, the lag counts from then."""


@dataclass
class ClientContact:
    """When the client met the lag, in seconds of the loop; infinite before.

    `request_s`: its first request. `gateway_s`: its first one to the gateway. `met_s`: the first miss of a replica, or
    the first event after which no miss is due: a step was trained, a fault began, the route was changed. `moved`: the
    job had another route before: a replica that lags shows that one, nothing is missed, and the first request counts.
    """

    request_s: float = math.inf
    gateway_s: float = math.inf
    met_s: float = math.inf
    moved: bool = False

    @property
    def at_s(self) -> float:
        """From when the lag counts."""
        if math.isinf(self.gateway_s):
            return min(self.met_s, self.request_s + ASKS_WITHIN_S)
        return min(self.met_s, self.gateway_s + MISSES_WITHIN_S)

    def note(self, event: object, now_s: float) -> None:
        """Read an event of the world."""
        if now_s > self.at_s:
            # what a replica has begun to see it does not forget
            self.met_s = self.at_s
            return
        match event:
            case CallSent(leg=leg):
                self.request_s = min(self.request_s, now_s)
                if leg != "control":
                    self.gateway_s = min(self.gateway_s, now_s)
                if self.moved:
                    self.met_s = min(self.met_s, now_s)
            case RouteMissed() | StepAcknowledged() | FaultInjected() | RouteWithdrawn() | PodLost():
                self.met_s = min(self.met_s, now_s)
            case RoutePublished(generation=generation) if generation > 1:
                self.met_s = min(self.met_s, now_s)


@dataclass(frozen=True)
class LaggingFromClient(Lagging):
    """Sees each change late, by a law; what it had not seen at `since_s` it sees that late after the client's contact.

    A change after the contact is seen as late as by `Lagging`.
    """

    since_s: float
    contact: ClientContact

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """See a change that is old enough."""
        return self.law.shows(now_s - self._counted_from_s(change, lags), lags.of(self.law, change), lags.rng)

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Settle by the law; never without a request."""
        return self._counted_from_s(change, lags) + self._settles_s(change, lags)

    def _counted_from_s(self, change: Dated, lags: Lags) -> float:
        seen_before = change.at_s + self._settles_s(change, lags) <= self.since_s
        return change.at_s if seen_before else max(change.at_s, self.contact.at_s)

    def _settles_s(self, change: Dated, lags: Lags) -> float:
        return self.law.settles_s(lags.of(self.law, change))


def let_lags_wait(replicas: Iterable[Replica], trace: Trace) -> None:
    """Let what the replicas have not seen yet lag from the client's contact on."""
    loop = asyncio.get_running_loop()
    contact = ClientContact(moved=any(entry.event.generation > 1 for entry in trace.of(RoutePublished)))
    now_s = loop.time()
    for replica in replicas:
        if type(replica.view) is Lagging:
            replica.turn(LaggingFromClient(replica.view.law, now_s, contact), now_s)
    trace.watch(lambda event: contact.note(event, loop.time()))


def let_lags_wait_from_the_start(replicas: Iterable[Replica], trace: Trace) -> None:
    """Do so when the first user's script begins, because a control plane may wait for the replicas before."""
    begun = False

    def begin(event: object) -> None:
        nonlocal begun
        if isinstance(event, RunStarted) and not begun:
            begun = True
            let_lags_wait(replicas, trace)

    trace.watch(begin)
