"""A world for a client of one's own: served until it is stopped, with an admin interface beside it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from scenarios.apps.serve.admin import admin
from scenarios.apps.serve.latest import LatestTrace
from scenarios.engines.live.engine import LiveEngine
from scenarios.engines.live.external_client import ExternalClient, external_client
from scenarios.run.plans import RacePlan
from scenarios.sim.seeds import Seeds
from scenarios.world.account import ACCOUNT, API_KEY, FIREWORKS_KEY, JOB, sdk_environ
from scenarios.world.builder import World
from scenarios.world.pods import BASE_MODEL


@dataclass(frozen=True)
class Served:
    """The base URLs of a served world, and the keys that a client needs."""

    platform: str
    gateway: str
    admin: str
    account: str = ACCOUNT
    job: str = JOB
    api_key: str = API_KEY
    fireworks_api_key: str = FIREWORKS_KEY
    base_model: str = BASE_MODEL

    @property
    def environ(self) -> dict[str, str]:
        """Return the variables by which tinker and fireworks-ai find the platform."""
        return sdk_environ(self.platform)

    def document(self) -> dict[str, Any]:
        """Return all of it as plain JSON values."""
        # the field's name of the last release, until 0.3
        return {**asdict(self), "desk": self.admin, "environ": self.environ}


async def serve(
    planned: RacePlan, ready: Callable[[Served], None], *, ports: Mapping[str, int], dynamodb_endpoint: str | None
) -> None:
    """Serve the planned world with its job RUNNING, call `ready`, and go on until cancelled."""
    loop, trace = asyncio.get_running_loop(), LatestTrace()
    began_s = loop.time()
    trace.clock(lambda: loop.time() - began_s)
    admitted: list[ExternalClient] = []
    engine = LiveEngine(trace.emitter, dynamodb_endpoint, ports=ports)
    user_of = external_client(admitted.append)
    async with World(engine, Seeds(planned.spec.seed), trace, planned.pairing, planned.settings, user_of) as world:
        at = await engine.serve("admin", admin(world))
        await world.start_job()
        ready(Served(f"http://{admitted[0].address}", f"http://{world.gateway_address}", f"http://{at}"))
        await asyncio.Event().wait()
