"""ASGI gateways of another team, for tests: FastAPI, boto3 and httpx, and nothing of this project."""

import asyncio
import contextlib
import json
import os
import subprocess
from collections.abc import AsyncIterator
from typing import Any

import boto3
import httpx
from fastapi import FastAPI, Request, Response

PATH = "/training/v1/rlorTrainerJobs/{account}/{job}/{path:path}"
TABLE, KEYS = os.environ["ROUTE_TABLE"], json.loads(os.environ["GATEWAY_API_KEYS"])
dynamodb = boto3.client("dynamodb")


def ready(item: Any) -> Any:
    """Return an item if a pod serves its job."""
    return item if item and item["state"]["S"] == "READY" else None


def read(name: str, **how: bool) -> Any:
    """Read the route of a job."""
    return ready(dynamodb.get_item(TableName=TABLE, Key={"route": {"S": name}}, **how).get("Item"))


async def sent_on(pods: httpx.AsyncClient, request: Request, item: Any, path: str) -> Response:
    """Send a request to its pod."""
    kept = {k: v for k, v in request.headers.items() if k not in ("host", "connection")}
    kept["fireworks-trainer"] = f"{item['route']['S']}@{item['generation']['N']}"
    url = f"http://{item['address']['S']}/{path}"
    answer = await pods.request(request.method, url, headers=kept, content=await request.body())
    return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))


def no_route(status: int = 404) -> Response:
    """Answer that the route is not known."""
    headers = {"Cache-Control": "no-store", "Retry-After": "1"}
    return Response(json.dumps({"type": "urn:ours:no-route"}), status, headers, "application/problem+json")


def gateway(strong: bool, before: Any = lambda: None) -> FastAPI:
    """Return a gateway that reads on each request, strongly after a miss or not."""
    pods = httpx.AsyncClient(timeout=60)
    made = FastAPI()

    @made.api_route(PATH, methods=["GET", "POST"])
    async def forward(request: Request, account: str, job: str, path: str) -> Response:
        before()
        if KEYS.get(request.headers.get("x-api-key", "")) != account:
            return Response(status_code=401)
        name = f"{account}/{job}"
        item = await asyncio.to_thread(read, name)
        if item is None and strong:
            item = await asyncio.to_thread(read, name, ConsistentRead=True)
        return no_route() if item is None else await sent_on(pods, request, item, path)

    return made


def polling() -> FastAPI:
    """Return a gateway that knows the routes of its last scan, twice a second, and says 503 where it knows none."""
    pods = httpx.AsyncClient(timeout=60)
    known: dict[str, Any] = {}

    def scanned() -> list[dict[str, Any]]:
        return [item for page in dynamodb.get_paginator("scan").paginate(TableName=TABLE) for item in page["Items"]]

    async def follow() -> None:
        while True:
            items = await asyncio.to_thread(scanned)
            known.clear()
            known.update({item["route"]["S"]: item for item in items if ready(item)})
            await asyncio.sleep(0.5)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(follow())
        yield
        following.cancel()

    made = FastAPI(lifespan=lifespan)

    @made.api_route(PATH, methods=["GET", "POST"])
    async def forward(request: Request, account: str, job: str, path: str) -> Response:
        item = known.get(f"{account}/{job}")
        return no_route(503) if item is None else await sent_on(pods, request, item, path)

    return made


def write() -> None:
    """Write to the route table."""
    dynamodb.put_item(TableName=TABLE, Item={"route": {"S": "acme/job-1"}})


today, fixed, polled = gateway(strong=False), gateway(strong=True), polling()
writes = gateway(strong=False, before=write)
crashes = gateway(strong=False, before=lambda: os._exit(7))
starts_a_process = gateway(strong=False, before=lambda: subprocess.run(["true"]))
has_a_defect = gateway(strong=False, before=lambda: 1 / 0)
no_application = "today"


async def does_not_start(scope: Any, receive: Any, send: Any) -> None:
    """Fail at the startup."""
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the configuration names no table"})
