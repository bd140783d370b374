"""The admin interface of a served world: faults on demand, lags, the trace, metrics; OpenAPI at /docs."""

import asyncio
from typing import Annotated, Any

from fastapi import Body, FastAPI, Response
from fastapi.responses import PlainTextResponse

from gateway_sim.events import ViewChanged
from gateway_sim.scenarios.apps.serve.fault_request import fault_request, kinds, settings_of
from gateway_sim.scenarios.apps.serve.metrics import CONTENT_TYPE, FromTheStart, Metrics
from gateway_sim.scenarios.apps.serve.problems import documented, refused
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord
from gateway_sim.scenarios.world.builder import World
from gateway_sim.view_bodies import ViewBody, body_of

Settings = Annotated[dict[str, Any], Body(description="The fault's settings; `GET /faults` names them.")]


def admin(world: World) -> FastAPI:
    """Return the admin interface of a world."""
    app = documented("gateway-sim admin")
    metrics = Metrics(world.trace, FromTheStart([replica.name for replica in world.replicas], faults=list(kinds())))

    @app.get("/faults")
    async def list_faults() -> dict[str, dict[str, Any]]:
        """List the faults, with the settings of each and their defaults (null: it must be given)."""
        return {
            name: {"summary": registry.summary(kind), "settings": settings_of(kind)} for name, kind in kinds().items()
        }

    @app.post("/faults/{name}", response_model=None)
    async def inject(name: str, settings: Settings) -> dict[str, Any] | Response:
        """Inject a fault now, for its `for_s` seconds, or until all are lifted."""
        try:
            fault = fault_request(name, settings)
            world.inject(fault)
        except UnknownWord as unknown:
            return refused(404 if name not in kinds() else 400, "unknown-word", str(unknown))
        except SettingsRefused as unfit:
            return refused(400, "bad-setting", str(unfit))
        return {"fault": name, **{setting: getattr(fault, setting) for setting in settings_of(type(fault))}}

    @app.delete("/faults")
    async def lift_all() -> dict[str, str]:
        """Lift every fault that has no end of its own."""
        world.lift_all()
        return {"status": "lifted"}

    @app.get("/replicas")
    async def list_replicas() -> dict[str, list[dict[str, Any]]]:
        """List the gateway's replicas and how each sees the route table: `view` is the body that sets it."""
        return {"replicas": [{"name": replica.name, "view": body_of(replica.view)} for replica in world.replicas]}

    @app.put("/replicas/{name}/view", response_model=None)
    async def change_view(name: str, body: ViewBody) -> dict[str, Any] | Response:
        """Change a replica's view of the route table from now on."""
        replicas = {replica.name: replica for replica in world.replicas}
        if name not in replicas:
            return refused(404, "no-such-replica", f"no replica is called {name}; there are {', '.join(replicas)}")
        now_s = asyncio.get_running_loop().time()
        replicas[name].turn(body.view(now_s), now_s)
        view = replicas[name].view
        world.trace.emitter("gateway")(ViewChanged(name, repr(view)))
        return {"name": name, "view": body_of(view)}

    @app.get("/trace", response_class=PlainTextResponse)
    async def read_trace() -> str:
        """Return the latest events, one a line."""
        return world.trace.text()

    @app.get("/metrics")
    async def read_metrics() -> Response:
        """Return the metrics, as Prometheus scrapes them."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return app
