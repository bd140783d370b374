"""The two callers on the virtual wire: the client with its connection pools, and the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Literal
from urllib.parse import urlsplit

from gateway_sim.client.sdk.profiles import PoolRule
from gateway_sim.client.sdk.transport import CONNECT_TIMEOUT_S, HttpCall, HttpReply, WireFailure
from gateway_sim.scenarios.engines.virtual.addresses import Broken
from gateway_sim.scenarios.engines.virtual.connections import Connection, Pool
from gateway_sim.scenarios.engines.virtual.exchange import Exchange, Headers, Request
from gateway_sim.scenarios.engines.virtual.wire import Wire
from gateway_sim.scenarios.sim.clock import time_of_day_s
from gateway_sim.upstream import CONNECT_TIMEOUT_S as POD_CONNECT_S
from gateway_sim.upstream import KEPT_IDLE_S, SILENT_FOR_S, UpstreamFailure


class WireTransport:
    """The client's `Transport` on the virtual wire, with the connection pools of an SDK profile.

    See docs/reference/protocol.md §2.
    """

    def __init__(self, wire: Wire, pools: Mapping[str, PoolRule]) -> None:
        self._wire = wire
        self._pools = {name: Pool(rule.keepalive_s) for name, rule in pools.items()}
        self._gates = {name: asyncio.Semaphore(rule.max_connections or 10_000) for name, rule in pools.items()}

    async def send(self, pool: str, call: HttpCall) -> HttpReply:
        """Send one request on a connection of `pool`; raises `WireFailure` unless the whole answer arrives in time."""
        connections = self._pools[pool]
        loop = asyncio.get_running_loop()
        host = urlsplit(call.url).netloc
        async with self._gates[pool]:
            connection = connections.take(host, loop.time(), self._wire.addresses.has_ended)
            connection = connection or Connection(self._wire.next_port(), min(CONNECT_TIMEOUT_S, call.timeout_s))
            try:
                async with asyncio.timeout(call.timeout_s):
                    reply = await self._exchange(call, connection)
            except TimeoutError as error:
                kind: Literal["timeout", "connect-timeout"] = "timeout" if connection.accepted else "connect-timeout"
                raise WireFailure(kind, f"no answer within {call.timeout_s:g} s") from error
            except Broken as error:
                raise WireFailure(error.kind, str(error)) from error
            if reply.headers.get("connection", "").lower() != "close":
                connections.put_back(host, connection, loop.time())
            return reply

    async def close(self) -> None:
        """Forget every connection."""
        for connections in self._pools.values():
            connections.idle.clear()

    async def _exchange(self, call: HttpCall, connection: Connection) -> HttpReply:
        headers = [(name.lower().encode(), value.encode()) for name, value in call.headers.items()]
        headers.append((b"content-length", str(len(call.body)).encode()))
        request = Request(call.method, call.url, headers, call.body, ("client", connection.port))
        exchange = await self._wire.open(request, connection)
        try:
            body = b"".join([chunk async for chunk in exchange.chunks()])
        finally:
            exchange.caller_left()
        answered = {k.decode(): v.decode() for k, v in exchange.headers}
        return HttpReply(exchange.status, answered, body, time_of_day_s())


class WireUpstream:
    """The gateway's `Upstream` on the virtual wire, with the timeouts and the pool of the live one.

    The timeouts need a timer only at an address with a fault: a timer more would change the order of others.
    """

    def __init__(self, wire: Wire, silent_for_s: float = SILENT_FOR_S) -> None:
        self._wire = wire
        self._silent_for_s = silent_for_s
        self._pool = Pool(KEPT_IDLE_S)

    async def open(self, method: str, url: str, headers: Headers, body: bytes | AsyncIterator[bytes]) -> PodReply:
        """Send the request to a pod. Raises `UpstreamFailure`."""
        # pods do not look at the port, so each request has one of its own, on a kept connection too
        request = Request(method, url, headers, body, ("gateway", self._wire.next_port()))
        host, loop = urlsplit(url).netloc, asyncio.get_running_loop()
        connection = self._pool.take(host, loop.time(), self._wire.addresses.has_ended)
        connection = connection or Connection(request.connection[1], POD_CONNECT_S, self._silent_for_s)
        try:
            exchange = await self._wire.open(request, connection)
        except Broken as error:
            raise UpstreamFailure(error.kind) from error
        return PodReply(exchange, lambda: self._pool.put_back(host, connection, loop.time()))

    async def close(self) -> None:
        """Forget every connection."""
        self._pool.idle.clear()


class PodReply:
    """A pod's answer at the gateway: status and headers at once, the body as it arrives; `read` once it is complete."""

    def __init__(self, exchange: Exchange, read: Callable[[], None]) -> None:
        self.status = exchange.status
        self.headers = exchange.headers
        self.chunks = self._read(exchange, read)
        self._exchange = exchange

    async def whole(self) -> bytes:
        """Read the body to its end."""
        return b"".join([chunk async for chunk in self.chunks])

    async def aclose(self) -> None:
        """Stop reading."""
        self._exchange.caller_left()

    @staticmethod
    async def _read(exchange: Exchange, read: Callable[[], None]) -> AsyncIterator[bytes]:
        try:
            async for chunk in exchange.chunks():
                yield chunk
        except Broken as error:
            raise UpstreamFailure(error.kind) from error
        read()
