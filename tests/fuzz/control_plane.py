"""The control plane as a process: `python -m tests.fuzz.control_plane` prints its address and key, until stdin ends.

Its table, its servers and its reconciler are the real ones; only the pods are none, so that thousands of jobs can be
created, paused, resumed and deleted. A third of the starts fails.
"""

import asyncio
import itertools
import json
import sys
from datetime import UTC, datetime

from gateway_sim.control_plane.jobs.app import ControlPlane
from gateway_sim.control_plane.jobs.publisher import Publisher
from gateway_sim.control_plane.jobs.reconciler import Reconciler
from gateway_sim.control_plane.jobs.saved import Saved
from gateway_sim.route_table import RouteTable, dynamodb_client
from gateway_sim.scenarios.engines.live.servers import Servers
from gateway_sim.scenarios.sim.moto import MOTO
from tests.fuzz.marks import KEYS


class NoPods:
    """A `PodLauncher` of addresses at which no pod is."""

    def __init__(self) -> None:
        self._starts = itertools.count(1)

    async def start(self, account: str, job: str, incarnation: int) -> str:
        """Take a moment; every third start fails."""
        number = next(self._starts)
        await asyncio.sleep(0.002 * (number % 3))
        if number % 3 == 0:
            raise RuntimeError("no node has so many GPUs")
        return "127.0.0.1:9"

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        """Take a moment."""
        await asyncio.sleep(0.001)

    async def retire(self, account: str, job: str, incarnation: int, grace_s: float) -> None:
        """Fence nothing."""


async def saved(account: str, job: str) -> list[Saved]:
    """Return a page and a half of checkpoints."""
    return [Saved("", f"checkpoint-{n}", n % 2 == 0, True, datetime.fromtimestamp(n, UTC)) for n in range(300)]


async def serve() -> None:
    """Serve until stdin ends."""
    with MOTO.held():
        table = RouteTable(dynamodb_client(None), emit=lambda event: None)
        await table.create()
        reconciler = Reconciler(Publisher(table), NoPods(), emit=lambda event: None)
        plane = ControlPlane(
            reconciler, keys={key: name for name, key in KEYS.items()}, emit=lambda event: None, saved=saved
        )
        for name in ("job-1", "job-2"):
            reconciler.create("acme", name)
        servers = Servers("127.0.0.1")
        at = f"http://{await servers.serve('platform', plane)}"
        print(json.dumps({"platform": at, "api_key": KEYS["acme"]}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await servers.close()
        await reconciler.close()


if __name__ == "__main__":
    asyncio.run(serve())
