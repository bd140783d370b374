"""A gateway from training clients to their pods. With --fixed, a route that this instance misses is no 404."""

import asyncio
import json
import os
import re
import sys

import boto3
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


def refusal(status: int, slug: str, detail: str, headers: dict[str, str] | None = None, **fields: str) -> Response:
    """Return a problem+json that no cache may keep."""
    problem = {"type": f"urn:gateway-sim:{slug}", "title": slug, "status": status, "detail": detail, **fields}
    return JSONResponse(problem, status, {"Cache-Control": "no-store"} | (headers or {}), "application/problem+json")


async def read_route(name: str, strongly: bool) -> dict[str, str]:
    """Return the route's state, address and generation; the state is NONE without an item."""
    read = {"TableName": os.environ["ROUTE_TABLE"], "Key": {"route": {"S": name}}, "ConsistentRead": strongly}
    try:
        item = (await asyncio.to_thread(dynamodb.get_item, **read)).get("Item", {"state": {"S": "NONE"}})
    except (BotoCoreError, ClientError):
        return {"state": "UNREADABLE"}
    return {attribute: value for attribute, typed in item.items() for value in typed.values()}


async def find_route(name: str, path: str) -> dict[str, str]:
    """Return the route that decides on a request."""
    route = await read_route(name, strongly=False)
    if FIXED and route["state"] != "READY":
        route = await read_route(name, strongly=True)  # an eventually consistent miss proves nothing
        if route["state"] in ("PENDING", "UNREADABLE") and path == "api/v1/retrieve_future":
            await asyncio.sleep(1)  # SDKs poll again at once after a 503
            route = await read_route(name, strongly=True)
    return route


def without_route(state: str) -> Response:
    """Refuse a request whose route is not READY."""
    if not FIXED:
        return refusal(404, "route-not-found", "Trainer job not found or not running")
    if state in ("TOMBSTONE", "NONE"):
        return refusal(410, "route-gone", "The trainer has gone", {"x-should-retry": "false"})
    return refusal(503, "route-not-ready", "The trainer is not up", {"Retry-After": "1"}, queue_state="route_not_ready")


@app.api_route("/{_:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def serve(request: Request) -> Response:
    """Answer any request."""
    asked = ASKED.fullmatch(request.scope["raw_path"].decode("latin-1"))
    if asked is None:
        return refusal(400, "bad-path", "The path names no trainer job")
    name, account, path = asked.groups()
    bearer = re.sub("^bearer ", "", request.headers.get("authorization", ""), flags=re.IGNORECASE)
    caller = ACCOUNT_OF_KEY.get(request.headers.get("x-api-key")) or ACCOUNT_OF_KEY.get(bearer)
    if caller is None:
        return refusal(401, "unknown-key", "This API key is not known")
    if caller != account:
        return refusal(403, "foreign-account", "This API key is of another account")
    route = await find_route(name, path)
    if route["state"] != "READY":
        return without_route(route["state"])
    answer = await forward(request, route["address"], path, f"{name}@{route['generation']}")
    return answer or refusal(502, "upstream-refused", "The trainer cannot be reached")


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), log_level="warning", server_header=False, date_header=False)
