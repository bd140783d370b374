"""A gateway of another team, for tests: FastAPI's base, boto3 and httpx, and nothing of this project.

Its arguments name how it behaves: `fixed` reads strongly on a miss; the others are faults that a gateway can have.
"""

import asyncio
import contextlib
import json
import os
import sys

import boto3
import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HOW = sys.argv[1:]
PREFIX = "/training/v1/rlorTrainerJobs/{account}/{job}/{path:path}"
TABLE, KEYS = os.environ["ROUTE_TABLE"], json.loads(os.environ["GATEWAY_API_KEYS"])
dynamodb = boto3.client("dynamodb")
pods = httpx.AsyncClient(timeout=60)
polled: dict[str, dict] = {}


async def item_of(name: str, **how: bool):
    """Return the item of a job's route, if it is READY."""
    if "polls" in HOW:
        return polled.get(name)
    asked = {"TableName": TABLE, "Key": {"route": {"S": name}}, **how}
    item = (await asyncio.to_thread(lambda: dynamodb.get_item(**asked))).get("Item")
    return item if item and item["state"]["S"] == "READY" else None


async def poll() -> None:
    """Keep a copy of the whole table, a fifth of a second old."""
    pages = dynamodb.get_paginator("scan")
    while True:
        items = await asyncio.to_thread(lambda: [i for page in pages.paginate(TableName=TABLE) for i in page["Items"]])
        polled.clear()
        polled.update({item["route"]["S"]: item for item in items if item["state"]["S"] == "READY"})
        await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def polling(app: Starlette):
    """Poll while the application serves."""
    task = asyncio.create_task(poll()) if "polls" in HOW else None
    yield
    if task:
        task.cancel()


async def forward(request: Request) -> Response:
    """Send a request to its pod."""
    account, job, path = (request.path_params[name] for name in ("account", "job", "path"))
    if KEYS.get(request.headers.get("x-api-key", "")) != account:
        return Response(status_code=401)
    if "writes" in HOW:
        await asyncio.to_thread(lambda: dynamodb.put_item(TableName=TABLE, Item={"route": {"S": "x"}}))
    if "crashes" in HOW:
        os._exit(7)
    name = f"{account}/{job}"
    item = await item_of(name)
    if item is None and "fixed" in HOW:
        item = await item_of(name, ConsistentRead=True)
    if item is None:
        problem = json.dumps({"type": "https://example.com/problems/no-route", "title": "no route"})
        return Response(problem, 404, {"Cache-Control": "no-store"}, "application/problem+json")
    kept = {k: v for k, v in request.headers.items() if k not in ("host", "connection")}
    if "forgets" in HOW:
        kept.pop("x-gateway-sim-request", None)
    kept["fireworks-trainer"] = f"{name}@{item['generation']['N']}"
    url = f"http://{item['address']['S']}/{path}"
    try:
        answer = await pods.request(request.method, url, headers=kept, content=await request.body())
    except httpx.HTTPError:
        return Response(status_code=502)
    return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))


app = Starlette(routes=[Route(PREFIX, forward, methods=["GET", "POST"])], lifespan=polling)

if __name__ == "__main__":
    if "ends" in HOW:
        sys.exit("the configuration has no upstream")
    port = 0 if "elsewhere" in HOW else int(os.environ["PORT"])
    uvicorn.run(app, port=port, log_level="warning")
