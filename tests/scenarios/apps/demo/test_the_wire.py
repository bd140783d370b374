"""The answers that the page shows, beside the bytes of a real gateway on a socket."""

import asyncio
import contextlib
import socket
from urllib.parse import urlsplit

import pytest

from gateway_sim.proxy import PREFIX
from gateway_sim.scenarios.apps.demo.answers import answers
from gateway_sim.scenarios.apps.serve.serving import Served, serve
from gateway_sim.scenarios.run.matrix import NAMED, in_full
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.world.account import ACCOUNT, API_KEY, JOB

PATHS = {
    "connect": "api/v1/create_session",
    "dispatch": "api/v1/optim_step",
    "poll": "api/v1/retrieve_future",
    "heartbeat": "api/v1/session_heartbeat",
}
OF_THE_CONNECTION = {"date", "server", "content-length", "x-gateway-replica"}
"""Headers of one answer, which tell nothing of the policy."""
STALE = {"stale": "3", "lag_s": "600"}


def answered(gateway: str, leg: str) -> str:
    """Send one request over a socket of our own, and return the answer as it came, without the connection's headers."""
    place = urlsplit(gateway)
    head = f"POST {PREFIX}{ACCOUNT}/{JOB}/{PATHS[leg]} HTTP/1.1\r\nhost: x\r\nx-api-key: {API_KEY}\r\n"
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(f"{head}content-length: 2\r\nconnection: close\r\n\r\n{{}}".encode())
        text = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    top, _, body = text.partition("\r\n\r\n")
    status, *headers = top.split("\r\n")
    told = [header for header in headers if header.partition(":")[0].lower() not in OF_THE_CONNECTION]
    return "\n".join([status, *sorted(header for header in told if not header.lower().startswith("connection"))]) + body


def shown(gateway: str, leg: str) -> str:
    """Return what the page shows, its headers in order of name as above."""
    one = next(one for one in answers(NAMED[gateway].policy) if one.leg == leg)
    top, _, body = one.http.partition("\n\n")
    status, *headers = top.split("\n")
    return "\n".join([status, *sorted(headers)]) + body


@pytest.mark.slow
@pytest.mark.parametrize("gateway", ["not-found", "route-not-ready", "route-not-ready+", "hold"])
def test_what_the_page_shows_is_what_the_wire_says(gateway: str) -> None:
    """Status line with uvicorn's phrase, headers and body, on each leg, while no replica sees the route."""

    async def compared() -> None:
        plan = race_plan(in_full(RunSpec("fresh-route", gateway=gateway, engine="live", settings=STALE)))
        ready: asyncio.Future[Served] = asyncio.get_running_loop().create_future()
        ports = {"platform": 0, "gateway": 0, "admin": 0}
        serving = asyncio.create_task(serve(plan, ready.set_result, ports=ports, dynamodb_endpoint=None))
        try:
            await asyncio.wait([ready, serving], return_when=asyncio.FIRST_COMPLETED)
            url = ready.result().gateway
            for leg in PATHS:
                assert await asyncio.to_thread(answered, url, leg) == shown(gateway, leg)
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving

    asyncio.run(compared())
