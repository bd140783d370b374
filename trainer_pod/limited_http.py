"""uvicorn's HTTP protocol with limits: of sizes, of times, and of what makes a request mean two things."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway_sim.trainer_pod.http_limits import HttpLimits
from gateway_sim.trainer_pod.request_heads import (
    TITLES,
    WATCHED,
    Head,
    Refusal,
    has_a_path,
    objection,
    problem,
    problem_headers,
)

LINGER_S: Final = 2.0
"""How many seconds the rest of a refused request is read."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection.

    `any_host` takes requests that name a foreign host, as pods behind any gateway must; `any_origin` also those that a
    page of another site sent, as what only passes requests on must.
    """

    def __init__(self, *args: Any, limits: HttpLimits, any_host: bool, any_origin: bool, **named: Any) -> None:
        super().__init__(*args, **named)
        self._limits = limits
        self._any_host = any_host
        self._any_origin = any_origin
        self._reading: str = "head"
        self._since_s = self.loop.time()
        self._head_bytes = 0
        self._began_here = False
        self._packet = 0
        self._left_after_upgrade: int | None = None
        self._refused = False
        self._seen: list[tuple[bytes, bytes]] = []
        self._admitted: list[tuple[bytes, bytes]] | None = None
        self._unsent = 0
        self._unsent_since_s = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or refuse it when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            why = f"{self._limits.connections} connections are open, the most of this server; come back later"
            self._refuse((503, "too-many-connections", why))
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived. A head that is too long is refused before it is complete."""
        if self._refused or self.transport.is_closing():
            return
        self._began_here, self._packet = False, len(data)
        self._unset_keepalive_if_required()
        if self._left_after_upgrade is not None:
            self._take_body(data)
            return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._take_body(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("")
        if self._reading == "head" and not self._refused:
            # the packet in which a head begins may also have the end of the request before
            self._head_bytes += 0 if self._began_here else len(data)
            if self._head_bytes > self._limits.head_bytes:
                self._refuse(self._too_long())

    def on_message_begin(self) -> None:
        """Begin to read a head."""
        super().on_message_begin()
        self._reading, self._since_s, self._head_bytes, self._began_here = "head", self.loop.time(), 0, True
        if self._seen:
            self._seen = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, and note those that can make a request mean two things."""
        name = name.lower()
        if name in WATCHED:
            self._seen.append((name, value))
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Give the request to the application, or to the answer that refuses it."""
        refusal = self._objection()
        if refusal is None:
            super().on_headers_complete()
        else:
            app, self.app = self.app, _answering(refusal)
            if not has_a_path(self.url):
                self.url = b"/"
            super().on_headers_complete()
            self.app = app
        if self.parser.should_upgrade():
            # no other protocol is spoken here, so the request counts and its connection ends; the parser stops at the
            # head, and would call the request complete without its body
            self.cycle.keep_alive = False
            stated = dict(self.headers).get(b"content-length", b"0")
            self._left_after_upgrade = int(stated) if refusal is None else 0
        self._reading, self._since_s = "body", self.loop.time()

    def on_message_complete(self) -> None:
        """End a request."""
        if self._left_after_upgrade:
            return
        super().on_message_complete()
        self._reading = "idle"

    def _take_body(self, data: bytes) -> None:
        """Take the body of a request that asked for another protocol, and nothing that follows it."""
        if not self._left_after_upgrade:
            return
        part = data[: self._left_after_upgrade]
        self._left_after_upgrade -= len(part)
        if part:
            self.on_body(part)
        self.on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse((400, "bad-http", "this is no HTTP/1.1 request that can be read in one way only"))

    def shutdown(self) -> None:
        """Close the connection when the server ends."""
        if self._refused:
            self.transport.close()
        else:
            super().shutdown()

    def sweep(self, now_s: float) -> None:
        """End the connection if its caller takes too long."""
        if self.transport.is_closing():
            return
        if self._refused:
            if now_s - self._since_s > LINGER_S:
                self.transport.abort()
            return
        if not self.transport.is_reading():
            # it is this server that does not read: a caller is not late then
            self._since_s = self._unsent_since_s = now_s
            return
        late_s = now_s - self._since_s
        if self._reading == "head" and late_s > self._limits.head_s:
            self._late(f"the head of a request took longer than {self._limits.head_s:g} s")
        elif self._reading == "body" and late_s > self._limits.body_s:
            self._late(f"the body of a request took longer than {self._limits.body_s:g} s")
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent != self._unsent:
            self._unsent, self._unsent_since_s = unsent, now_s
        elif now_s - self._unsent_since_s > self._limits.write_s:
            self.transport.abort()

    def _late(self, why: str) -> None:
        # a connection on which no request has begun is closed as an idle one is
        if self.scope is None:
            self.transport.close()
        else:
            self._refuse((408, "too-slow", why))

    def _too_long(self) -> Refusal:
        return 431, "head-too-large", f"the head of a request may have {self._limits.head_bytes} bytes"

    def _objection(self) -> Refusal | None:
        """Return why the complete head is refused."""
        if (
            self._seen == self._admitted
            and self._head_bytes + self._packet <= self._limits.path_bytes
            and len(self.headers) <= self._limits.headers
            and self.url[:1] == b"/"
        ):
            # as almost every request: short, with the one Host header that this connection has had before
            return None
        if self._head_bytes + self._packet > self._limits.head_bytes:
            # what arrived may also hold other requests, so the head itself is counted
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > self._limits.head_bytes:
                return self._too_long()
        parser = self.parser
        refusal = objection(
            Head(
                self.url, len(self.headers), self._seen, parser.get_http_version(), parser.get_method(),
                parser.should_upgrade(),
            ),
            self._limits,
            any_host=self._any_host,
            any_origin=self._any_origin,
        )  # fmt: skip
        if refusal is None and len(self._seen) == 1 and self._seen[0][0] == b"host":
            self._admitted = self._seen
        return refusal

    def _refuse(self, refusal: Refusal) -> None:
        """Answer and close; only close where the answer would stand inside another one.

        What the caller still sends is read for a moment: its system drops an answer that meets unread bytes.
        """
        self._refused, self._since_s = True, self.loop.time()
        cycle = self.cycle
        if self.pipeline or (cycle is not None and cycle.response_started and not cycle.response_complete):
            self.pipeline.clear()
            self.transport.close()
            return
        body = problem(*refusal)
        lines = "".join(f"{name}: {value}\r\n" for name, value in problem_headers(body))
        self.transport.write(f"HTTP/1.1 {refusal[0]} {TITLES[refusal[0]]}\r\n{lines}\r\n".encode("latin-1") + body)
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected, cycle.waiting_for_100_continue = True, False
            cycle.message_event.set()
        self.flow.resume_reading()
        self.transport.write_eof()


class LimitedServer(uvicorn.Server):
    """A uvicorn server that ends the connections of slow callers."""

    async def on_tick(self, counter: int) -> bool:
        """Look at the connections once a second."""
        if counter % 10 == 0:
            now_s = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, LimitedProtocol):
                    connection.sweep(now_s)
        return await super().on_tick(counter)


def protocol(limits: HttpLimits, *, any_host: bool = False, any_origin: bool = False) -> Callable[..., LimitedProtocol]:
    """Return what makes a connection, for uvicorn's `http`."""

    def made(*args: Any, **named: Any) -> LimitedProtocol:
        return LimitedProtocol(*args, limits=limits, any_host=any_host, any_origin=any_origin, **named)

    return made


def _answering(refusal: Refusal) -> Callable[[Any, Any, Any], Any]:
    """Return the application that refuses one request, in its turn among those before it."""

    async def answer(_: Any, __: Any, send: Any) -> None:
        body = problem(*refusal)
        headers = [(name.encode(), value.encode()) for name, value in problem_headers(body)]
        await send({"type": "http.response.start", "status": refusal[0], "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer
