"""this gateway, leased-generation, 3 replicas"""

import random
import sys
from pathlib import Path
from typing import Any

import uvicorn

from gateway_sim.app import Gateway
from gateway_sim.balancer import PerRequest, RoundRobin
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.replicas import Fresh, Replica
from gateway_sim.route_table import History, Route
from gateway_sim.scenarios.engines.live.page_guard import PageGuard
from gateway_sim.scenarios.sim.garbage import GARBAGE
from gateway_sim.trainer_pod.http_limits import HttpLimits
from gateway_sim.trainer_pod.limited_http import LimitedServer, protocol
from gateway_sim.upstream import AiohttpUpstream


def gateway(upstream: int) -> Gateway:
    """Return the gateway with one job's route in its table, which leads to the upstream."""
    history = History()
    history.record(Route("acme", "job-1", 1, "READY", f"127.0.0.1:{upstream}"), 0.0)
    return Gateway(
        [Replica(f"gw-{n}", history, Fresh(), random.Random(n)) for n in range(3)],
        balancer=PerRequest(RoundRobin()),
        policy=LeasedGeneration(),
        upstream=AiohttpUpstream(),
        keys={"tml-bench": "acme"},
        emit=lambda event: None,
    )


def command(upstream: int, port: int, scratch: Path) -> list[str] | None:
    """Return the words that serve the gateway."""
    return [sys.executable, "-m", "benchmarks.proxies.gateway", str(upstream), str(port)]


if __name__ == "__main__":
    # as the live engine serves it
    GARBAGE.hold()
    limits = HttpLimits()
    http: Any = protocol(limits)
    settings = uvicorn.Config(
        PageGuard(gateway(int(sys.argv[1])), limits), host="127.0.0.1", port=int(sys.argv[2]), http=http,
        log_level="error", access_log=False, lifespan="off", proxy_headers=False, date_header=False,
        server_header=False,
    )  # fmt: skip
    LimitedServer(settings).run()
