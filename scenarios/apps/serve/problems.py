"""Refusals of the demo and of the admin interface, as problem+json (RFC 9457) with one sentence."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_swagger import patch_fastapi  # type: ignore[import-untyped]
from starlette.exceptions import HTTPException

from gateway_sim.field_sentences import field_sentence
from gateway_sim.scenarios.apps.advice import advice


def refused(status: int, slug: str, detail: str) -> JSONResponse:
    """Return a refusal of type urn:gateway-sim:<slug>."""
    problem = {"type": f"urn:gateway-sim:{slug}", "title": "Refused", "status": status, "detail": detail}
    return JSONResponse(problem, status, media_type="application/problem+json")


def documented(title: str) -> FastAPI:
    """Return an application with its OpenAPI page at /docs, which needs no network.

    It answers a bad body, an unknown page and a defect with problem+json.
    """
    app = FastAPI(title=title, docs_url=None, redoc_url=None, swagger_ui_oauth2_redirect_url=None)
    patch_fastapi(app, redirect_from_root_to_docs=False)

    @app.exception_handler(RequestValidationError)
    async def unfit(request: Request, error: RequestValidationError) -> JSONResponse:
        return refused(400, "bad-request", field_sentence(error.errors()[0]))

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
