"""A pod behind several addresses: all of them lead to it, and an ingress without a pod answers 502."""

import asyncio
import dataclasses
import io
from collections import Counter

import aiohttp
import pytest

from gateway_sim.client.events import CallAnswered
from gateway_sim.events import RequestForwarded, RequestRefused
from gateway_sim.scenarios.engines.live.servers import Servers
from gateway_sim.scenarios.faults.pod import PodCrash
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.world.engine import Unguarded
from gateway_sim.scenarios.world.ingress import Ingress
from gateway_sim.upstream import AiohttpUpstream


def test_requests_go_to_each_address_and_the_run_finishes_as_with_one():
    """The same weights."""
    result = run(RunSpec("healthy", settings={"endpoints": "2"}))
    assert result.verdict == "kept"
    shares = Counter(entry.event.address.partition(":")[0] for entry in result.trace.of(RequestForwarded))
    assert set(shares) == {"ingress-0", "ingress-1"}
    assert max(shares.values()) - min(shares.values()) <= 3


def test_an_ingress_whose_pod_has_gone_answers_502():
    """The gateway passes the answer on, for the ingress lives; the next pod has ingresses of its own."""
    planned = race_plan(RunSpec("healthy", settings={"endpoints": "2", "steps": "1"}))
    opened = []

    async def play(world):
        await world.start_job()
        opened.append(world.ingresses.addresses)
        world.inject(PodCrash())
        await world.start_training()
        opened.append(world.ingresses.addresses)

    result = run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=play)))
    refused = {entry.event.slug for entry in result.trace.of(RequestRefused)}
    assert "upstream-refused" not in refused
    assert 502 in {entry.event.status for entry in result.trace.of(CallAnswered)}
    assert len({*opened[0], *opened[1]}) == 4


class Counting(Unguarded):
    """A pod that answers with the length of a body."""

    async def __call__(self, scope, receive, send):
        """Serve one request."""
        length, more = 0, True
        while more:
            message = await receive()
            length, more = length + len(message.get("body", b"")), message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % length})


@pytest.mark.parametrize(
    ("kind", "length"), [("application/x-protobuf", 100), ("application/json", 2_000_000), ("multipart/form-data", 1)]
)
def test_a_pod_gets_each_body_over_sockets_too(kind, length):
    """The pod decides how large a body may be and of what kind; an ingress is no page."""

    async def story():
        servers, upstream = Servers("127.0.0.1"), AiohttpUpstream(5.0)
        pod = await servers.serve("pod", Counting())
        ingress = await servers.serve("ingress-0", Ingress(upstream, pod))
        asked = {"data": io.BytesIO(b"x" * length), "headers": {"content-type": kind}}
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"http://{ingress}/api/v1/forward_backward", **asked) as answer,
            ):
                return answer.status, await answer.text()
        finally:
            await upstream.close()
            await servers.close()

    assert asyncio.run(story()) == (200, str(length))
