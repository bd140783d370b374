"""A gateway of two accounts as a process: `python -m tests.fuzz.two_accounts` prints its address, until stdin ends.

Each account has a pod that answers with the account's mark and with what it got, in all the forms of an answer. The
gateway, its servers and its connections to the pods are the real ones.
"""

import asyncio
import itertools
import json
import random
import sys
from typing import Any

from gateway_sim.app import Gateway
from gateway_sim.balancer import PerConnection, RoundRobin
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.replicas import Fresh, Replica
from gateway_sim.route_table import History, Route
from gateway_sim.scenarios.engines.live.servers import Servers
from gateway_sim.scenarios.world.engine import Unguarded
from gateway_sim.upstream import AiohttpUpstream
from tests.fuzz.marks import KEYS, MARKS


class MarkedPod(Unguarded):
    """A pod that answers with its mark and its caller's words: by length, in chunks, or without a body."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._forms = itertools.cycle(("length", "chunks", "long", "nothing"))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Read the request whole and answer."""
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        said = b" ".join(value for _, value in scope["headers"]) + body[:2000]
        told = MARKS[self._account] + b" " + said.replace(b"\r", b"").replace(b"\n", b"")
        form = next(self._forms)
        if form == "nothing":
            await send({"type": "http.response.start", "status": 204, "headers": [(b"x-mark", MARKS[self._account])]})
            await send({"type": "http.response.body", "body": b""})
            return
        told = told * 40 if form == "long" else told
        headers = [] if form == "chunks" else [(b"content-length", b"%d" % len(told))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        half = len(told) // 2
        await send({"type": "http.response.body", "body": told[:half], "more_body": True})
        await send({"type": "http.response.body", "body": told[half:]})


async def serve() -> None:
    """Serve until stdin ends."""
    servers, history, upstream = Servers("127.0.0.1"), History(), AiohttpUpstream()
    for account in KEYS:
        address = await servers.serve(f"pod-{account}", MarkedPod(account))
        history.record(Route(account, "job-1", 1, "READY", address), 0.0)
    replicas = [Replica(f"gw-{n}", history, Fresh(), random.Random(n)) for n in range(3)]
    gateway = Gateway(
        replicas,
        balancer=PerConnection(RoundRobin()),
        policy=NotFound(),
        upstream=upstream,
        keys={key: account for account, key in KEYS.items()},
        emit=lambda event: None,
    )
    print(json.dumps({"gateway": await servers.serve("gateway", gateway)}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await servers.close()
    await upstream.close()


if __name__ == "__main__":
    asyncio.run(serve())
