"""Sockets through which no byte passes: real connections as a lost packet or a forgotten NAT entry leaves them."""

from __future__ import annotations

import ctypes
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

_ATTACH_FILTER: Final = 26
_DETACH_FILTER: Final = 27
_DROP_ALL: Final = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
"""A packet filter of one instruction: keep 0 bytes of every packet (Linux, socket(7), SO_ATTACH_FILTER)."""


def deafen(listening: Any) -> None:
    """Drop every packet that arrives at a listening socket, so that connecting to it times out."""
    program = struct.pack("HL", 1, ctypes.addressof(_DROP_ALL))
    listening.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)


def let_hear(listening: Any) -> None:
    """Let packets reach a listening socket again."""
    listening.setsockopt(socket.SOL_SOCKET, _DETACH_FILTER, struct.pack("I", 0))


class Silence:
    """Silences open connections, given as asyncio transports.

    No byte passes in either direction, and neither end is told. Only an end that closes its own socket is still told.
    """

    def __init__(self) -> None:
        self._kept: dict[Any, list[bytes]] = {}
        self._swallowed: Counter[Any] = Counter()
        self._severed: set[Any] = set()

    def swallow(self, transports: Iterable[Any], wrote: Callable[[], None] = lambda: None) -> Callable[[], None]:
        """Silence connections until every such call for them is undone; the last undo sends what was written.

        `wrote` is called at each write.
        """
        for transport in (found := list(transports)):
            self._silence(transport, wrote)
        ours = [transport for transport in found if transport in self._kept]
        self._swallowed.update(ours)

        def undo() -> None:
            self._swallowed.subtract(ours)
            for transport in ours:
                if not self._swallowed[transport] and transport not in self._severed:
                    _hear(transport, self._kept.pop(transport))

        return undo

    def sever(self, transports: Iterable[Any], wrote: Callable[[], None] = lambda: None) -> None:
        """Silence connections for ever."""
        for transport in transports:
            self._silence(transport, wrote)
            self._severed.add(transport)

    def _silence(self, transport: Any, wrote: Callable[[], None]) -> None:
        """Silence a connection, unless it is closing or silent already."""
        if transport is None or transport.is_closing() or transport in self._kept:
            return
        kept = self._kept[transport] = []

        def write(data: Any) -> None:
            kept.append(bytes(data))
            wrote()

        transport.pause_reading()
        # the protocol on top finds its methods here at each call
        transport.write = write
        transport.writelines = lambda pieces: write(b"".join(pieces))
        transport.resume_reading = lambda: None


def _hear(transport: Any, kept: list[bytes]) -> None:
    for name in ("write", "writelines", "resume_reading"):
        delattr(transport, name)
    if not transport.is_closing():
        transport.resume_reading()
        transport.write(b"".join(kept))
