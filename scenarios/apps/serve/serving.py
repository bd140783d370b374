"""A live world for a user's own client, with an admin interface; it runs until it is stopped."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gateway_sim.scenarios.apps.serve.admin import admin
from gateway_sim.scenarios.engines.live.engine import LiveEngine
from gateway_sim.scenarios.engines.live.external_client import ExternalClient, external_client
from gateway_sim.scenarios.run.own_gateway import fixed_places, raced_gateway
from gateway_sim.scenarios.run.plans import RacePlan
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.account import ACCOUNT, API_KEY, FIREWORKS_KEY, JOB, sdk_environ, world_environ
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.pods import BASE_MODEL

KEPT = 20_000
"""Events in the trace of a served world: some minutes of a busy poller, hours of a training client; about 8 MB."""


@dataclass(frozen=True)
class ServedInstance:
    """An instance of a user's own gateway, and the variables with which it runs: its DynamoDB endpoint, the table."""

    name: str
    address: str
    environ: Mapping[str, str]


@dataclass(frozen=True)
class Served:
    """The base URLs of a served world, and the keys that a client needs.

    `instances` are those of a user's own gateway; this project's has none.
    """

    platform: str
    gateway: str
    admin: str
    account: str = ACCOUNT
    job: str = JOB
    api_key: str = API_KEY
    fireworks_api_key: str = FIREWORKS_KEY
    base_model: str = BASE_MODEL
    instances: Sequence[ServedInstance] = ()

    @property
    def environ(self) -> dict[str, str]:
        """Return the variables by which tinker and fireworks-ai find the platform."""
        return {**sdk_environ(self.platform), **world_environ(self.platform)}

    def document(self) -> dict[str, Any]:
        """Return URLs, keys and variables as plain JSON values."""
        # the field's name of the last release, until 0.3
        return {**asdict(self), "desk": self.admin, "environ": self.environ}


class LatestTrace(Trace):
    """The trace of a world without an end: it keeps the last `kept` events, and at most half as many more.

    `forgotten` counts the dropped events.
    """

    def __init__(self, kept: int = KEPT) -> None:
        super().__init__()
        self.forgotten = 0
        self._kept = kept
        self.watch(self._forget)

    def text(self) -> str:
        """Return the kept events for reading, after a line with the number of dropped ones."""
        before = f"... {self.forgotten:,} events before these are not kept\n" if self.forgotten else ""
        return before + super().text()

    def _forget(self, event: object) -> None:
        """Drop many events at a time, because each drop copies the list."""
        if len(self.entries) >= self._kept + max(self._kept // 2, 1):
            gone = len(self.entries) - self._kept
            del self.entries[:gone]
            self.forgotten += gone


async def serve(
    planned: RacePlan, ready: Callable[[Served], None], *, ports: Mapping[str, int], dynamodb_endpoint: str | None
) -> None:
    """Serve the planned world with its job RUNNING, call `ready`, and run until cancelled.

    Raises the error of an instance of a user's own gateway that does not start, crashes, or writes to the route table.
    """
    loop, trace = asyncio.get_running_loop(), LatestTrace()
    began_s = loop.time()
    trace.clock(lambda: loop.time() - began_s)
    admitted: list[ExternalClient] = []
    spec = planned.spec
    places = fixed_places(spec.own_gateway)
    places["ports"] = {**places.get("ports", {}), **ports}
    engine = LiveEngine(trace.emitter, dynamodb_endpoint, **places)
    user_of, raced = external_client(admitted.append), raced_gateway(spec.own_gateway, spec.engine)
    async with World(engine, Seeds(spec.seed), trace, planned.pairing, planned.settings, user_of, raced) as world:
        admin_address = await engine.serve("admin", admin(world))
        await world.start_job()
        addresses = (admitted[0].address, world.gateway_address, admin_address)
        platform, gateway, at = (f"http://{address}" for address in addresses)
        instances = [ServedInstance(i.name, i.address, i.environ) for i in world.instances]
        ready(Served(platform, gateway, at, instances=instances))
        await world.over
