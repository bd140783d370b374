"""The demo's server: the page on 127.0.0.1 until it is stopped, with a process beside it for what is virtual."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from scenarios.apps.demo.app import Stage, demo
from scenarios.engines.live.engine import LOOPBACK
from scenarios.engines.live.servers import Servers
from scenarios.run.pool import worker_pool


async def serve_demo(ready: Callable[[str], None], *, port: int, seeds: int) -> None:
    """Serve the page, tell its URL, and go on until cancelled; what is being played is stopped then."""
    stage, servers, pool = Stage(), Servers(LOOPBACK, {"demo": port}), worker_pool(1)
    try:
        address = await servers.serve("demo", demo(stage, pool, seeds))
        ready(f"http://{address}")
        await asyncio.Event().wait()
    finally:
        await stage.clear()
        await servers.close()
        pool.shutdown(cancel_futures=True)
