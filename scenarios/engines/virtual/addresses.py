"""The faults of addresses on the virtual wire, and the connections that ended with their host."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gateway_sim.scenarios.engines.virtual.connections import Connection
from gateway_sim.scenarios.sim.wire_events import RequestHitAddressFault


class Broken(Exception):
    """The exchange failed on the wire; `kind` says how."""

    def __init__(self, kind: Literal["refused", "connect-timeout", "reset", "timeout"], message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class _Fault:
    """What is wrong with an address: how many faults refuse or swallow, and until when connections were severed."""

    refuses: int = 0
    swallows: int = 0
    severed_s: float = -math.inf
    over: asyncio.Future[None] | None = None
    """Done when no fault swallows any more."""


class Addresses:
    """The faults of a wire's addresses. An address without a fault has no entry, no timer and no task here."""

    def __init__(self, emit: Callable[[object], None]) -> None:
        self.faulty: dict[str, _Fault] = {}
        self._emit = emit
        self._ended_s: dict[str, float] = {}
        self._ended_ports: set[tuple[str, int]] = set()

    def end(self, address: str) -> None:
        """End every connection that the address has accepted so far."""
        self._ended_s[address] = asyncio.get_running_loop().time()

    def end_one(self, address: str, port: int) -> None:
        """End the connection that has this port of its caller's."""
        self._ended_ports.add((address, port))

    def has_ended(self, address: str, connection: Connection) -> bool:
        """Whether the host has ended an accepted connection, and the caller was told."""
        if connection.since_s is None:
            return False
        ended_s = self._ended_s.get(address, -math.inf)
        return connection.since_s <= ended_s or (address, connection.port) in self._ended_ports

    def refuse(self, address: str) -> Callable[[], None]:
        """Refuse new connections until the undo, and end those that there are."""
        fault = self.faulty.setdefault(address, _Fault())
        fault.refuses += 1
        self.end(address)

        def undo() -> None:
            fault.refuses -= 1

        return undo

    def swallow(self, address: str) -> Callable[[], None]:
        """Let no byte through until the undo; what was sent meanwhile arrives then, as TCP sends it again."""
        fault = self.faulty.setdefault(address, _Fault())
        fault.swallows += 1
        fault.over = fault.over or asyncio.get_running_loop().create_future()

        def undo() -> None:
            fault.swallows -= 1
            if not fault.swallows and fault.over is not None:
                fault.over.set_result(None)
                fault.over = None

        return undo

    def sever(self, address: str) -> None:
        """Let no byte through on the connections that there are, without an end of theirs, for ever."""
        self.faulty.setdefault(address, _Fault()).severed_s = asyncio.get_running_loop().time()

    def is_severed(self, address: str, since_s: float | None) -> bool:
        """Whether a connection that was accepted at `since_s` has become half-open."""
        fault = self.faulty.get(address)
        return fault is not None and since_s is not None and since_s <= fault.severed_s

    def refuses(self, address: str) -> bool:
        """Whether the address refuses new connections."""
        fault = self.faulty.get(address)
        return fault is not None and fault.refuses > 0

    def over(self, address: str) -> asyncio.Future[None] | None:
        """Return what is done once the address swallows no more; None if it swallows nothing."""
        fault = self.faulty.get(address)
        return fault.over if fault is not None else None

    async def reach(self, address: str, connection: Connection) -> None:
        """Return once a request reaches the address; called for one with a fault only. Raises `Broken`."""
        fault = self.faulty[address]
        if self.has_ended(address, connection):
            raise Broken("reset", f"{address} has reset the connection")
        if connection.since_s is not None:
            if self.is_silent(address, connection):
                self._emit(RequestHitAddressFault(address, "unheard"))
                await self.hear(address, connection, asyncio.get_running_loop().time())
            return
        if fault.refuses:
            self._emit(RequestHitAddressFault(address, "refused"))
            raise Broken("refused", f"{address} refuses connections")
        if fault.over is not None:
            self._emit(RequestHitAddressFault(address, "unanswered"))
            within_s = connection.connect_s
            try:
                async with asyncio.timeout(None if within_s == math.inf else within_s):
                    await asyncio.shield(fault.over)
            except TimeoutError:
                raise Broken("connect-timeout", f"no connection to {address} within {within_s:g} s") from None

    def is_silent(self, address: str, connection: Connection | None) -> bool:
        """Whether no byte passes on an accepted connection."""
        fault = self.faulty.get(address)
        if fault is None or connection is None:
            return False
        return fault.over is not None or self.is_severed(address, connection.since_s)

    async def hear(self, address: str, connection: Connection, heard_s: float) -> None:
        """Return once bytes pass on an accepted connection. Raises `Broken` after its `silent_s` from `heard_s` on."""
        until_s = None if connection.silent_s == math.inf else heard_s + connection.silent_s
        try:
            async with asyncio.timeout_at(until_s):
                while self.is_silent(address, connection):
                    over = self.over(address)
                    if over is None or self.is_severed(address, connection.since_s):
                        over = asyncio.get_running_loop().create_future()
                    await asyncio.shield(over)
        except TimeoutError:
            raise Broken("timeout", f"{address} sent nothing for {connection.silent_s:g} s") from None
