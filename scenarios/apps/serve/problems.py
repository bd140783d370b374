"""Refusals of the demo and of the admin interface, as problem+json (RFC 9457) with one sentence."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gateway_sim.scenarios.apps.advice import advice


def refused(status: int, slug: str, detail: str) -> JSONResponse:
    """Return a refusal of type urn:gateway-sim:<slug>."""
    problem = {"type": f"urn:gateway-sim:{slug}", "title": "Refused", "status": status, "detail": detail}
    return JSONResponse(problem, status, media_type="application/problem+json")


def tell_problems(app: FastAPI) -> FastAPI:
    """Make the application answer a bad body, an unknown page and a defect with problem+json; return it."""

    @app.exception_handler(RequestValidationError)
    async def unfit(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return refused(400, "bad-request", f"the body is no JSON: {first['ctx']['error']}")
        place = ".".join(str(part) for part in first["loc"] if part != "body")
        return refused(400, "bad-request", f"{place or 'the body'}: {first['msg']}")

    @app.exception_handler(HTTPException)
    async def not_here(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 405:
            return refused(405, "no-such-method", f"{request.url.path} does not take {request.method}; see /docs")
        return refused(error.status_code, "no-such-page", f"there is no {request.url.path}; see /docs")

    app.add_middleware(_TellsDefects)
    return app


class _TellsDefects:
    """An ASGI middleware that answers 500 with a sentence if the application fails before its response begins."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one ASGI connection."""
        begun = False

        async def tell(message: Any) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, tell)
        except Exception as error:
            if begun:
                raise
            await refused(500, "defect", advice(error).sentence)(scope, receive, send)
