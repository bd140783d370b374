"""Sends one HTTP request; returns its answer or raises `WireFailure`. Only this file imports httpx."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from gateway_sim.client.sdk.profiles import PoolRule

if TYPE_CHECKING:
    import httpx


CONNECT_TIMEOUT_S: Final = 5.0
"""The SDKs' timeout of a new connection (docs/reference/protocol.md §2)."""


@dataclass(frozen=True)
class HttpCall:
    """A request; `timeout_s` bounds the wait for its answer."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    timeout_s: float


@dataclass(frozen=True)
class HttpReply:
    """An answer; the keys of `headers` are in lower case.

    `received_at` is in seconds since 1970 on the caller's clock: a transport of a virtual world gives the world's time,
    the default is the machine's.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    received_at: float = field(default_factory=time.time, compare=False)

    def json(self) -> Any:
        """Return the body as JSON; raises ValueError if it is not JSON."""
        return json.loads(self.body)


class WireFailure(Exception):
    """No answer came. After "refused" and "connect-timeout" nothing was sent; else the work may have been done."""

    def __init__(self, kind: Literal["refused", "connect-timeout", "reset", "timeout"], message: str = "") -> None:
        super().__init__(message or f"connection {kind}")
        self.kind = kind


class Transport(Protocol):
    """Sends requests through named pools of connections."""

    async def send(self, pool: str, call: HttpCall) -> HttpReply:
        """Send one request on a connection of `pool`; raises `WireFailure` when no answer comes."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class HttpxTransport:
    """HTTP/1.1 over real sockets, with one httpx client for each pool (docs/reference/protocol.md §2)."""

    def __init__(self, pools: Mapping[str, PoolRule]) -> None:
        self._rules = pools
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def send(self, pool: str, call: HttpCall) -> HttpReply:
        """Send one request on a connection of `pool`; raises `WireFailure` when no answer comes."""
        import httpx

        client = self._clients.get(pool)
        if client is None:
            client = self._clients[pool] = self._open(self._rules[pool])
        # the wait for a pooled connection does not count towards the timeout, as in the SDKs
        connect_s = min(CONNECT_TIMEOUT_S, call.timeout_s)
        timeout = httpx.Timeout(call.timeout_s, connect=connect_s, pool=None)
        try:
            reply = await client.request(
                call.method, call.url, headers=call.headers, content=call.body or None, timeout=timeout
            )
        except httpx.ConnectError as error:
            raise WireFailure("refused", str(error)) from error
        except httpx.ConnectTimeout as error:
            raise WireFailure("connect-timeout", f"no connection within {connect_s:g} s") from error
        except httpx.TimeoutException as error:
            raise WireFailure("timeout", f"no answer within {call.timeout_s:g} s") from error
        except httpx.TransportError as error:
            raise WireFailure("reset", str(error)) from error
        return HttpReply(reply.status_code, dict(reply.headers), reply.content)

    async def close(self) -> None:
        """Close every connection."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    @staticmethod
    def _open(rule: PoolRule) -> httpx.AsyncClient:
        import httpx

        limits = httpx.Limits(
            max_connections=rule.max_connections,
            max_keepalive_connections=rule.max_connections,
            keepalive_expiry=rule.keepalive_s,
        )
        return httpx.AsyncClient(limits=limits)
