"""The network of a small world: the virtual wire, on which each message takes 1 ms and may be lost."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from gateway_sim.scenarios.engines.virtual.addresses import Broken
from gateway_sim.scenarios.engines.virtual.connections import Connection
from gateway_sim.scenarios.engines.virtual.exchange import Exchange, Request
from gateway_sim.scenarios.engines.virtual.wire import AsgiApp, Wire
from gateway_sim.scenarios.search.enumerate.lazy_state import LazyState

HOP_S: Final = 0.001
"""The duration of every message, in seconds."""


@dataclass(frozen=True)
class HopLost:
    """A message was lost on the hop `hop`, such as "pod to gateway"; the waiting side sees a reset."""

    hop: str
    path: str


class LazyWire(Wire):
    """The wire between one caller and one server; `app` returns the server's application, or None once it is gone.

    `sent` is called with the path of each request. The answer is carried once the application has returned.
    """

    def __init__(
        self,
        state: LazyState,
        emit: Callable[[object], None],
        ends: tuple[str, str],
        app: Callable[[], AsgiApp | None],
        sent: Callable[[str], None] = lambda path: None,
    ) -> None:
        super().__init__(random.Random(0), emit)
        self._state = state
        self._caller, self._server = ends
        self._app = app
        self._sent = sent

    async def open(self, request: Request, connection: Connection | None = None) -> Exchange:
        """Carry the request and its answer. Raises `Broken` when one of them is lost, or when the server is gone."""
        if connection is not None:
            connection.since_s = asyncio.get_running_loop().time()
        url = urlsplit(request.url)
        path = "/api/v1/" + url.path.partition("/api/v1/")[2]
        self._sent(path)
        await self._carry(f"{self._caller} to {self._server}", path)
        app = self._app()
        if app is None:
            raise Broken("refused", f"nothing listens at {url.netloc}")
        exchange = Exchange(request, latency_s=0.0, lost=False)
        await app(exchange.scope(url.netloc), exchange.receive, exchange.send)
        exchange.break_off()
        await self._carry(f"{self._server} to {self._caller}", path)
        await exchange.head()
        return exchange

    async def _carry(self, hop: str, path: str) -> None:
        await asyncio.sleep(HOP_S)
        if self._state.loses(hop):
            self._emit(HopLost(hop, path))
            raise Broken("reset", f"lost: {hop}")
