"""A gateway from training clients to their pods. With --fixed, a route that this instance misses is no 404."""

import asyncio
import json
import os
import re
import sys

import boto3
import httpx
import uvicorn
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pods import forward

FIXED = "--fixed" in sys.argv
ACCOUNT_OF_KEY = json.loads(os.environ["GATEWAY_API_KEYS"])
ASKED = re.compile(r"/training/v1/rlorTrainerJobs/(([^/]+)/[^/]+)/(.+)")
app = FastAPI(openapi_url=None)
dynamodb = boto3.client("dynamodb")


def refusal(status: int, slug: str, headers: dict[str, str] | None = None, **fields: str) -> Response:
    """Return a problem+json that no cache may keep."""
    problem = {"type": f"urn:gateway-sim:{slug}", "title": slug.replace("-", " "), "status": status, **fields}
    return JSONResponse(problem, status, {"Cache-Control": "no-store"} | (headers or {}), "application/problem+json")


async def read_route(name: str, strongly: bool) -> dict[str, str]:
    """Return state, address and generation of a route; the state is empty without an item."""
    read = {"TableName": os.environ["ROUTE_TABLE"], "Key": {"route": {"S": name}}, "ConsistentRead": strongly}
    item = (await asyncio.to_thread(dynamodb.get_item, **read)).get("Item", {"state": {"S": ""}})
    return {attribute: value for attribute, typed in item.items() for value in typed.values()}


async def find_route(name: str, path: str) -> dict[str, str]:
    """Return the route that decides on a request."""
    route = await read_route(name, strongly=False)
    if FIXED and route["state"] != "READY":
        route = await read_route(name, strongly=True)  # an eventually consistent miss proves nothing
        if route["state"] not in ("READY", "TOMBSTONE") and path == "api/v1/retrieve_future":
            await asyncio.sleep(1)  # SDKs poll again at once after a 503
            route = await read_route(name, strongly=True)
    return route


def without_route(route: dict[str, str]) -> Response:
    """Refuse a request whose route is not READY."""
    if not FIXED:
        return refusal(404, "route-not-found")
    if route["state"] == "TOMBSTONE":
        return refusal(410, "route-gone", {"x-should-retry": "false"})
    return refusal(503, "route-not-ready", {"Retry-After": "1"}, queue_state="route_not_ready")


@app.api_route("/{_:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def serve(request: Request) -> Response:
    """Answer any request."""
    asked = ASKED.fullmatch(request.scope["raw_path"].decode("latin-1"))
    if asked is None:
        return refusal(400, "bad-path")
    name, account, path = asked.groups()
    bearer = re.sub("^bearer ", "", request.headers.get("authorization", ""), flags=re.IGNORECASE)
    caller = ACCOUNT_OF_KEY.get(request.headers.get("x-api-key")) or ACCOUNT_OF_KEY.get(bearer)
    if caller != account:
        return refusal(403, "foreign-account") if caller else refusal(401, "unknown-key")
    try:
        route = await find_route(name, path)
        if route["state"] != "READY":
            return without_route(route)
        return await forward(request, route["address"], path, f"{name}@{route['generation']}")
    except httpx.HTTPError:
        return refusal(502, "upstream-refused")
    except (BotoCoreError, ClientError):
        return refusal(503, "route-not-ready", {"Retry-After": "1"})


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), log_level="warning", server_header=False, date_header=False)
