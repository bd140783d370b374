"""The requests that a gateway in another process is serving, and the events that tell what it did with each.

This project's own gateway emits these events itself. Of another gateway three parts of the laboratory see something:
the front sees requests and answers, the DynamoDB endpoint sees what the route table showed, and the taps before the
pods see what was forwarded.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed
from gateway_sim.legs import leg_of
from gateway_sim.proxy import placed
from gateway_sim.route_table import Route, RouteKey
from gateway_sim.upstream import Headers

NUMBER: Final = b"x-gateway-sim-request"
"""The header by which a tap knows a request of the front; a gateway passes it on, as any header of the caller's."""

TRAINER: Final = b"fireworks-trainer"
"""The header in which a gateway names the job and the generation that it asks a pod for."""

SAID_WITHOUT_A_LOOK: Final = frozenset({400, 401, 403, 405, 411, 413, 414, 415, 417, 431, 502, 504})
"""The statuses of a refusal that says nothing of the route: the request is at fault, or the pod."""


@dataclass
class OpenRequest:
    """A request that an instance has not answered yet; `pod_said` is the status of the pod's answer, 0 without one."""

    number: int
    replica: str
    key: RouteKey
    path: str
    connection: str
    missed: bool = False
    forwarded: bool = False
    pod_said: int = 0

    @property
    def leg(self) -> str:
        """The leg that the request belongs to."""
        return leg_of(self.path)


class Requests:
    """The open requests of all instances of a gateway, by number."""

    def __init__(self, emit: Callable[[object], None]) -> None:
        self._emit = emit
        self._numbers = itertools.count(1)
        self._open: dict[int, OpenRequest] = {}

    def began(self, replica: str, scope: Any) -> OpenRequest:
        """Add a request that goes to an instance."""
        asked = placed(scope.get("raw_path") or scope["path"].encode())
        key, path = (asked.key, asked.path) if asked else (RouteKey("", ""), scope["path"])
        client = scope.get("client")
        peer = f"{client[0]}:{client[1]}" if client else ""
        request = OpenRequest(next(self._numbers), replica, key, path, peer)
        self._open[request.number] = request
        return request

    def moved(self, request: OpenRequest, replica: str) -> None:
        """Say that another instance gets the request."""
        request.replica = replica

    def showed(self, replica: str, key: RouteKey, route: Route | None) -> None:
        """Take what the table showed to an instance; without a live route, its requests for the job have missed."""
        if route is None or route.state != "READY":
            for request in self._of(replica, key):
                self._missed(request)

    def arrived(self, headers: Headers, key: RouteKey, path: str, address: str, incarnation: int) -> OpenRequest | None:
        """Take a request that arrived at a pod, and return it; None for one that the front did not send.

        If the gateway did not pass the front's header on, it is the oldest request of the job and path. The generation
        is the one that the gateway named, without one the pod's.
        """
        known = {name.lower(): value for name, value in headers}
        stated, number = known.get(TRAINER, b"").rpartition(b"@")[2], known.get(NUMBER, b"")
        generation = int(stated) if stated.isdigit() else incarnation
        request = self._open.get(int(number)) if number.isdigit() else None
        if request is None:
            same = (r for r in self._open.values() if (r.key, r.path, r.forwarded) == (key, path, False))
            request = next(same, None)
        if request is None:
            return None
        request.forwarded, request.pod_said = True, 0
        account, job = request.key
        self._emit(
            RequestForwarded(
                request.replica, account, job, request.leg, generation, address, request.connection, request.path
            )
        )
        return request

    def answered(self, request: OpenRequest, status: int, slug: str) -> None:
        """Take the answer to a request; one that is not the pod's, from 400 on, is a refusal of the gateway."""
        self._open.pop(request.number, None)
        if status < 400 or status == request.pod_said:
            return
        if not request.forwarded and status not in SAID_WITHOUT_A_LOOK:
            self._missed(request)
        self._emit(RequestRefused(request.replica, request.leg, status, slug, request.connection, request.path))

    def left(self, request: OpenRequest) -> None:
        """Forget a request whose caller has gone, or whose answer was taken already."""
        self._open.pop(request.number, None)

    def _missed(self, request: OpenRequest) -> None:
        if not request.missed:
            request.missed = True
            account, job = request.key
            self._emit(RouteMissed(request.replica, account, job, request.leg, request.connection, request.path))

    def _of(self, replica: str, key: RouteKey) -> Iterator[OpenRequest]:
        return (r for r in list(self._open.values()) if (r.replica, r.key, r.forwarded) == (replica, key, False))
