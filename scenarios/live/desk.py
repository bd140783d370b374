"""The laboratory's desk beside a world that is served: faults on demand, the trace, metrics; OpenAPI at /docs."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from fastapi import Body, FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import TypeAdapter, ValidationError

import scenarios.faults
from scenarios import words
from scenarios.live.metrics import CONTENT_TYPE, Metrics
from scenarios.words import UnknownWord
from scenarios.world.build import World

Settings = Annotated[dict[str, Any], Body(description="The fault's settings; `GET /faults` names them.")]


def desk(world: World) -> FastAPI:
    """Return the desk of a world."""
    app = FastAPI(title="gateway-sim desk", docs_url="/docs", redoc_url=None)
    metrics = Metrics(world.trace)
    kinds = words.policies(scenarios.faults)

    @app.get("/faults")
    async def list_faults() -> dict[str, dict[str, Any]]:
        """List what can go wrong, with the settings of each and their defaults (null: it must be named)."""
        return {name: {"summary": words.summary(kind), "settings": _settings(kind)} for name, kind in kinds.items()}

    @app.post("/faults/{name}", response_model=None)
    async def inject(name: str, settings: Settings) -> dict[str, Any] | Response:
        """Let a fault take hold now, for `for_s` seconds where it says so, or until all are lifted."""
        try:
            kind = kinds[words.check("fault", name, kinds)]
            known = _settings(kind)
            for word in settings:
                words.check(f"setting of {name}", word, known)
            fault = TypeAdapter(kind).validate_python(settings)
        except UnknownWord as unknown:
            return _refused(404 if name not in kinds else 400, "unknown-word", str(unknown))
        except ValidationError as unfit:
            first = unfit.errors()[0]
            return _refused(400, "bad-setting", f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
        world.inject(fault)
        return {"fault": name, **{field: getattr(fault, field) for field in known}}

    @app.delete("/faults")
    async def lift_all() -> dict[str, str]:
        """End every fault that has no end of its own."""
        world.lift_all()
        return {"status": "lifted"}

    @app.get("/trace", response_class=PlainTextResponse)
    async def read_trace() -> str:
        """Tell what has happened so far, a line an event."""
        return world.trace.text()

    @app.get("/metrics")
    async def read_metrics() -> Response:
        """Tell the counters, as Prometheus scrapes them."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return app


def _settings(kind: type[Any]) -> dict[str, Any]:
    """Return the settings of a kind of fault with their defaults."""
    fields = [field for field in dataclasses.fields(kind) if field.init]
    return {field.name: None if field.default is dataclasses.MISSING else field.default for field in fields}


def _refused(status: int, slug: str, detail: str) -> JSONResponse:
    told = {"type": f"urn:gateway-sim:{slug}", "title": "Refused", "status": status, "detail": detail}
    return JSONResponse(told, status, media_type="application/problem+json")
