"""Clients that train through a served world for a long time, each on a model and a connection of its own.

They begin with a few turns all at once, so that gateway and pod have a connection for each of them from then on: a pool
that takes its connections in turn keeps as many as were ever needed at once. After that they come at an even pace.
"""

import asyncio
import json
import math
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from gateway_sim.trainer_pod.text import batch

CLIENTS: Final = 100
TURN_S: Final = 4.0
"""The seconds of a client's turn: a batch, a step, a poll for each, and a heartbeat."""
TOGETHER: Final = 5
"""The turns that all clients begin at the same moment."""


@dataclass
class Client:
    """A client: its HTTP session, its SDK session, its model, and the turns that it has begun."""

    http: aiohttp.ClientSession
    session: str = ""
    model: str = ""
    turns: int = 0


@dataclass
class Window:
    """A part of the time: the latency of each request in ms, and what was no 200."""

    ms: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return the number of requests, the median and the 99th percentile, and the first failures."""
        ms = sorted(self.ms)
        return {
            "requests": len(ms),
            "p50_ms": round(ms[len(ms) // 2], 2) if ms else None,
            "p99_ms": round(ms[int(len(ms) * 0.99)], 2) if ms else None,
            "failed": len(self.failed),
            "failures": self.failed[:3],
        }


class Soak:
    """All clients; the time is cut into `windows` parts of equal length."""

    def __init__(self, base: str, key: str, for_s: float, windows: int) -> None:
        self._base, self._key, self._for_s = base, key, for_s
        self._windows = [Window() for _ in range(windows)]
        self._began = math.inf

    async def run(self) -> list[dict[str, Any]]:
        """Return each window's document."""
        async with AsyncExitStack() as stack:
            clients = []
            for _ in range(CLIENTS):
                connector = aiohttp.TCPConnector(limit=1, keepalive_timeout=30.0)
                http = aiohttp.ClientSession(connector=connector, headers={"X-API-Key": self._key})
                clients.append(await self._connected(Client(await stack.enter_async_context(http))))
            for _ in range(TOGETHER):
                await asyncio.gather(*(self._turn(n, client) for n, client in enumerate(clients)))
            self._began = time.perf_counter()
            print(json.dumps({"models": len(clients)}), flush=True)
            await asyncio.gather(*(self._train(n, client) for n, client in enumerate(clients)))
        return [window.document() for window in self._windows]

    async def _call(self, client: Client, route: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make a request, and count it in its window."""
        sent = time.perf_counter()
        at = min(int(max(sent - self._began, 0.0) / self._for_s * len(self._windows)), len(self._windows) - 1)
        window = self._windows[at]
        try:
            async with client.http.post(f"{self._base}/api/v1/{route}", json=body) as answer:
                told: dict[str, Any] = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            window.failed.append(f"{route}: {type(error).__name__}: {error}")
            return {}
        window.ms.append((time.perf_counter() - sent) * 1e3)
        if answer.status != 200 or "error" in told:
            window.failed.append(f"{route}: {answer.status} {json.dumps(told)[:200]}")
        return told

    async def _result(self, client: Client, route: str, body: dict[str, Any]) -> dict[str, Any]:
        """Dispatch an operation and poll for its result."""
        envelope = await self._call(client, route, body)
        return await self._call(client, "retrieve_future", {"request_id": envelope.get("request_id", "")})

    async def _connected(self, client: Client) -> Client:
        """Open a session with a model."""
        client.session = (await self._call(client, "create_session", {}))["session_id"]
        body = {"session_id": client.session, "model_seq_id": 0, "base_model": "m", "lora_config": {"rank": 2}}
        client.model = (await self._result(client, "create_model", body))["model_id"]
        return client

    async def _turn(self, number: int, client: Client) -> None:
        """Train on a batch, take a step, and send a heartbeat."""
        data = {"data": [datum.model_dump() for datum in batch(number, 1, 8)], "loss_fn": "cross_entropy"}
        seq_id = 2 * client.turns + 1
        client.turns += 1
        batched = {"forward_backward_input": data, "model_id": client.model, "seq_id": seq_id}
        await self._result(client, "forward_backward", batched)
        step = {"adam_params": {"learning_rate": 1e-3}, "model_id": client.model, "seq_id": seq_id + 1}
        await self._result(client, "optim_step", step)
        await self._call(client, "session_heartbeat", {"session_id": client.session})

    async def _train(self, number: int, client: Client) -> None:
        """Take a turn every `TURN_S` until the time is over."""
        await asyncio.sleep(TURN_S * number / CLIENTS)
        while (now := time.perf_counter() - self._began) < self._for_s:
            await self._turn(number, client)
            await asyncio.sleep(max(now + TURN_S - (time.perf_counter() - self._began), 0.0))


if __name__ == "__main__":
    base, key, for_s, windows = sys.argv[1:5]
    print(json.dumps(asyncio.run(Soak(base, key, float(for_s), int(windows)).run())))
