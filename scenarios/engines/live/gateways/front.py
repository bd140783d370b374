"""The balancer before the instances of a gateway: it picks one for each request or connection, as the world says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from gateway_sim.balancer import Balancer
from gateway_sim.caller import Caller, CallerLeft
from gateway_sim.problems import Problem
from gateway_sim.relay import HOP_BY_HOP, end_to_end, relay
from gateway_sim.scenarios.engines.live.gateways.requests import NUMBER, OpenRequest, Requests
from gateway_sim.scenarios.world.engine import Unguarded
from gateway_sim.upstream import Headers, Upstream, UpstreamFailure, UpstreamReply

DROPPED: Final = HOP_BY_HOP | {NUMBER, b"expect"}
"""Not passed on; the server of the front has told a client that expects it to go on."""
MAX_BODY_BYTES: Final = 1024**3
"""The front sets no limit that a gateway could have; this one keeps a defect from filling the memory."""


class Front(Unguarded):
    """An ASGI application that passes each request to an instance as it came, and its answer back.

    `addresses` are those of the instances, in the order of `names`. Where an instance accepts no connection, the next
    one gets the request, as with the health checks of a balancer.
    """

    def __init__(
        self, names: Sequence[str], addresses: Sequence[str], balancer: Balancer, upstream: Upstream, requests: Requests
    ) -> None:
        self._names = names
        self._addresses = addresses
        self._balancer = balancer
        self._upstream = upstream
        self._requests = requests

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        first = self._balancer.pick(scope.get("client"), len(self._names))
        caller = Caller(receive, MAX_BODY_BYTES)
        request = self._requests.began(self._names[first], scope)
        try:
            body = await caller.body()
            reply = await self._open(scope, request, body, first)
            try:
                await self._answer(send, request, reply, caller)
            finally:
                await reply.aclose()
        except UpstreamFailure as failure:
            slug, detail = f"gateway-{failure.kind}", f"gateway instance {request.replica} could not answer: {failure}"
            self._requests.answered(request, 502, slug)
            await Problem(502, slug, "Gateway unreachable", detail).send(send, request.replica)
        except CallerLeft:
            return
        finally:
            self._requests.left(request)

    async def _open(
        self, scope: Any, request: OpenRequest, body: bytes | AsyncIterator[bytes], first: int
    ) -> UpstreamReply:
        """Send the request to an instance; return at the head of its answer. Raises `UpstreamFailure`."""
        headers: Headers = [*end_to_end(scope["headers"], DROPPED), (NUMBER, str(request.number).encode())]
        query = scope.get("query_string", b"").decode("latin-1")
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1") + (f"?{query}" if query else "")
        for turn in range(len(self._names)):
            place = (first + turn) % len(self._names)
            self._requests.moved(request, self._names[place])
            try:
                return await self._upstream.open(
                    scope["method"], f"http://{self._addresses[place]}{path}", headers, body
                )
            except UpstreamFailure as failure:
                if not failure.nothing_was_sent or turn == len(self._names) - 1:
                    raise
        raise AssertionError("a gateway has an instance")

    async def _answer(self, send: Any, request: OpenRequest, reply: UpstreamReply, caller: Caller) -> None:
        headers = end_to_end(reply.headers)
        if reply.status < 400 or reply.status == request.pod_said:
            self._requests.answered(request, reply.status, "")
            await relay(send, reply, headers, caller)
            return
        # a refusal is read whole for the type of its problem
        body = await reply.whole()
        self._requests.answered(request, reply.status, slug_of(reply.status, body))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def slug_of(status: int, body: bytes) -> str:
    """Return the last part of a problem's type (RFC 9457), or `http-<status>` for another body."""
    try:
        kind = json.loads(body)["type"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"http-{status}"
    named = str(kind).rstrip("/").replace("/", ":").rpartition(":")[2]
    return named or f"http-{status}"
