"""The two callers on the virtual wire: the client with its connection pools, and the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gateway_sim.client.sdk.profiles import PoolRule
from gateway_sim.client.sdk.transport import HttpCall, HttpReply, WireFailure
from gateway_sim.scenarios.engines.virtual.wire import Broken, Exchange, Headers, Request, Wire
from gateway_sim.upstream import UpstreamFailure


@dataclass
class _Connection:
    """The client's end of a connection; a balancer identifies it by its port."""

    port: int
    idle_since_s: float = 0.0


@dataclass
class _Pool:
    """Connections of one pool; idle ones by host, the most recently used last."""

    rule: PoolRule
    gate: asyncio.Semaphore
    idle: dict[str, list[_Connection]] = field(default_factory=dict)

    def take(self, host: str, now_s: float) -> _Connection | None:
        """Return an idle connection to `host` that has not expired."""
        idle = [c for c in self.idle.get(host, []) if now_s - c.idle_since_s < self.rule.keepalive_s]
        self.idle[host] = idle
        return idle.pop() if idle else None

    def put_back(self, host: str, connection: _Connection, now_s: float) -> None:
        """Keep a connection after its exchange."""
        connection.idle_since_s = now_s
        self.idle.setdefault(host, []).append(connection)


class WireTransport:
    """The client's `Transport` on the virtual wire, with the connection pools of an SDK profile.

    See docs/reference/protocol.md §2.
    """

    def __init__(self, wire: Wire, pools: Mapping[str, PoolRule]) -> None:
        self._wire = wire
        self._pools = {
            name: _Pool(rule, asyncio.Semaphore(rule.max_connections or 10_000)) for name, rule in pools.items()
        }

    async def send(self, pool: str, call: HttpCall) -> HttpReply:
        """Send one request on a connection of `pool`; raises `WireFailure` unless the whole answer arrives in time."""
        connections = self._pools[pool]
        loop = asyncio.get_running_loop()
        host = urlsplit(call.url).netloc
        async with connections.gate:
            connection = connections.take(host, loop.time()) or _Connection(self._wire.next_port())
            try:
                async with asyncio.timeout(call.timeout_s):
                    reply = await self._exchange(call, connection)
            except TimeoutError as error:
                raise WireFailure("timeout", f"no answer within {call.timeout_s:g} s") from error
            except Broken as error:
                raise WireFailure("refused" if error.kind == "refused" else "reset", str(error)) from error
            connections.put_back(host, connection, loop.time())
            return reply

    async def close(self) -> None:
        """Forget every connection."""
        for connections in self._pools.values():
            connections.idle.clear()

    async def _exchange(self, call: HttpCall, connection: _Connection) -> HttpReply:
        headers = [(name.lower().encode(), value.encode()) for name, value in call.headers.items()]
        headers.append((b"content-length", str(len(call.body)).encode()))
        request = Request(call.method, call.url, headers, call.body, ("client", connection.port))
        exchange = await self._wire.open(request)
        try:
            body = b"".join([chunk async for chunk in exchange.chunks()])
        finally:
            exchange.caller_left()
        return HttpReply(exchange.status, {k.decode(): v.decode() for k, v in exchange.headers}, body)


class WireUpstream:
    """The gateway's `Upstream` on the virtual wire: a new connection for each request."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def open(self, method: str, url: str, headers: Headers, body: bytes | AsyncIterator[bytes]) -> PodReply:
        """Send the request to a pod. Raises `UpstreamFailure`."""
        request = Request(method, url, headers, body, ("gateway", self._wire.next_port()))
        try:
            exchange = await self._wire.open(request)
        except Broken as error:
            raise UpstreamFailure("refused" if error.kind == "refused" else "reset") from error
        return PodReply(exchange)

    async def close(self) -> None:
        """Do nothing: no connection is kept."""


class PodReply:
    """A pod's answer at the gateway: status and headers at once, the body as it arrives."""

    def __init__(self, exchange: Exchange) -> None:
        self.status = exchange.status
        self.headers = exchange.headers
        self.chunks = self._read(exchange)
        self._exchange = exchange

    async def whole(self) -> bytes:
        """Read the body to its end."""
        return b"".join([chunk async for chunk in self.chunks])

    async def aclose(self) -> None:
        """Stop reading."""
        self._exchange.caller_left()

    @staticmethod
    async def _read(exchange: Exchange) -> AsyncIterator[bytes]:
        try:
            async for chunk in exchange.chunks():
                yield chunk
        except Broken as error:
            raise UpstreamFailure("reset") from error
