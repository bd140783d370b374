"""The faults of pods' addresses in a live world, and the gateway's client that meets them.

A pod is a process of its own, so its faults are at the gateway's end of the connections: open ones, real sockets, are
silenced or reset, and a new one is refused or not made in time, as if its packets had been lost.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import aiohttp

from gateway_sim.scenarios.engines.live.silence import Silence
from gateway_sim.scenarios.sim.wire_events import RequestHitAddressFault
from gateway_sim.upstream import CONNECT_TIMEOUT_S, AiohttpUpstream, UpstreamFailure


class PodAddresses:
    """What is wrong with which address, and the connections that the gateway has opened."""

    def __init__(self, emit: Callable[[object], None]) -> None:
        self._emit = emit
        self._silence = Silence()
        self._opened: dict[str, list[Any]] = {}
        self._refuses: Counter[str] = Counter()
        self._swallows: Counter[str] = Counter()
        self._over: dict[str, asyncio.Event] = {}

    def refuse(self, address: str) -> Callable[[], None]:
        """Reset the connections of an address, and refuse new ones until the undo."""
        self._refuses[address] += 1
        for transport in self._transports(address):
            transport.abort()

        def undo() -> None:
            self._refuses[address] -= 1

        return undo

    def swallow(self, address: str) -> Callable[[], None]:
        """Let no byte through until the undo."""
        self._swallows[address] += 1
        self._over.setdefault(address, asyncio.Event()).clear()
        heard = self._silence.swallow(self._transports(address), lambda: self._hit(address, "unheard"))

        def undo() -> None:
            self._swallows[address] -= 1
            heard()
            if not self._swallows[address]:
                self._over[address].set()

        return undo

    def sever(self, address: str) -> None:
        """Make the open connections half-open."""
        self._silence.sever(self._transports(address), lambda: self._hit(address, "unheard"))

    async def connecting(self, address: str) -> None:
        """Return once a connection would be accepted. Raises `UpstreamFailure`."""
        if self._refuses[address]:
            self._hit(address, "refused")
            raise UpstreamFailure("refused")
        if self._swallows[address]:
            self._hit(address, "unanswered")
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    await self._over[address].wait()
            except TimeoutError:
                raise UpstreamFailure("connect-timeout") from None

    def connected(self, address: str, protocol: Any) -> None:
        """Remember a connection."""
        self._opened[address] = [one for one in self._opened.get(address, []) if one.is_connected()] + [protocol]

    def _transports(self, address: str) -> list[Any]:
        return [one.transport for one in self._opened.get(address, []) if one.is_connected()]

    def _hit(self, address: str, kind: str) -> None:
        self._emit(RequestHitAddressFault(address, kind))


class LiveUpstream(AiohttpUpstream):
    """The gateway's client of pods whose addresses can fail."""

    def __init__(self, addresses: PodAddresses, silent_for_s: float) -> None:
        super().__init__(silent_for_s)
        self._addresses = addresses

    def _connector(self, **options: Any) -> aiohttp.BaseConnector:
        """Return the pool of connections."""
        return _Connector(self._addresses, **options)


class _Connector(aiohttp.TCPConnector):
    """A pool that asks about an address before it opens a connection, and tells of each that it has opened."""

    def __init__(self, addresses: PodAddresses, **options: Any) -> None:
        super().__init__(**options)
        self._addresses = addresses

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> Any:
        address = f"{req.url.raw_host}:{req.url.port}"
        await self._addresses.connecting(address)
        protocol = await super()._create_connection(req, traces, timeout)
        self._addresses.connected(address, protocol)
        return protocol
