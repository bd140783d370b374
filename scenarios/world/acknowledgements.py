"""The control plane's view of the gateway's replicas: which generation each one sees."""

import asyncio
from collections.abc import Sequence

from gateway_sim.replicas import Replica
from gateway_sim.route_table import RouteKey


class AskedReplicas:
    """Reads each replica of one gateway, without adding a miss to its cache."""

    def __init__(self, replicas: Sequence[Replica]) -> None:
        self._replicas = replicas

    async def behind(self, key: RouteKey, generation: int) -> list[str]:
        """Return the names of the replicas that do not see the route READY at this generation or later."""
        now_s = asyncio.get_running_loop().time()
        names = []
        for replica in self._replicas:
            route = replica.clock.judge(replica.peek(key, now_s), now_s)
            if route is None or route.state != "READY" or route.generation < generation:
                names.append(replica.name)
        return names
