"""A pod behind several addresses: all of them lead to it, and an ingress without a pod answers 502."""

import asyncio
import dataclasses
import io
import json
from collections import Counter
from types import SimpleNamespace

import aiohttp
import pytest

from gateway_sim.app import DEFAULT_MAX_BODY_BYTES
from gateway_sim.client.events import CallAnswered
from gateway_sim.events import RequestForwarded, RequestRefused
from gateway_sim.scenarios.engines.live.servers import Servers
from gateway_sim.scenarios.faults.pod import PodCrash
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.world.engine import Unguarded
from gateway_sim.scenarios.world.ingress import MOST_BYTES, Ingress, Ingresses
from gateway_sim.upstream import AiohttpUpstream, UpstreamFailure
from tests import clock


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


class Pod:
    """The client of a pod: it notes each request, and answers or fails."""

    def __init__(self, failure=None):
        self.failure, self.sent, self.closed = failure, [], 0

    async def open(self, *asked):
        """Note the request."""
        self.sent.append(asked)
        if self.failure is not None:
            raise UpstreamFailure(self.failure)
        return self

    status = 201
    headers = ((b"Content-Length", b"2"), (b"Connection", b"close"), (b"x-pod", b"1"))

    async def whole(self):
        """Return the body."""
        return b"{}"

    async def aclose(self):
        """Count it."""
        self.closed += 1


def relayed(pod, query=b"", messages=({"type": "http.request", "body": b"{}"},)):
    """Return what a caller of an ingress before a pod is sent."""
    sent, waiting = [], iter(messages)

    async def receive():
        return next(waiting)

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"ingress-0:8003"), (b"connection", b"keep-alive"), (b"X-A", b"1")]
    scope = {"method": "PUT", "raw_path": b"/api/v1/a%2Fb", "query_string": query, "headers": headers}
    clock.run(Ingress(pod, "pod:8001")(scope, receive, send))
    return sent


@pytest.mark.parametrize(("query", "url"), [(b"", "http://pod:8001/api/v1/a%2Fb"),
                                            (b"a=1&b", "http://pod:8001/api/v1/a%2Fb?a=1&b")])  # fmt: skip
def test_a_request_is_passed_on_as_it_is(query, url):
    """Path and query byte for byte; only the headers of one connection are dropped, and the pod's answer is closed."""
    pod = Pod()
    start, body = relayed(pod, query)
    assert pod.sent == [("PUT", url, [(b"x-a", b"1")], b"{}")]
    assert (start["status"], start["headers"]) == (201, [(b"content-length", b"2"), (b"x-pod", b"1")])
    assert (body["body"], pod.closed) == (b"{}", 1)


def test_an_ingress_says_why_its_pod_gives_no_answer():
    """In its own name: it is no replica of the gateway."""
    start, body = relayed(Pod("refused"))
    assert (start["status"], dict(start["headers"])[b"x-gateway-replica"]) == (502, b"ingress")
    told = json.loads(body["body"])
    assert (told["type"], told["title"]) == ("urn:gateway-sim:ingress", "Bad Gateway")
    assert told["detail"].startswith("the pod behind this ingress: ")


def test_an_ingress_takes_bodies_up_to_a_gibibyte():
    """More than the gateway before it takes."""
    assert MOST_BYTES == 1024**3 > DEFAULT_MAX_BODY_BYTES


def test_a_caller_that_leaves_is_sent_nothing():
    """And the pod is asked nothing."""
    pod = Pod()
    assert (relayed(pod, messages=[{"type": "http.disconnect"}]), pod.sent) == ([], [])


def test_an_ingress_gives_up_its_pod_as_the_gateway_does():
    """Each pod has ingresses of its own, which are numbered from 0."""
    silent, served = [], []

    async def serve(name, app):
        served.append((name, app._pod))
        return f"{name}:80"

    engine = SimpleNamespace(upstream=silent.append, serve=serve)
    ingresses = Ingresses(engine, 7.5, 3)
    assert ingresses.addresses == []
    addresses = clock.run(ingresses.before("pod:8001"))
    assert addresses == ingresses.addresses == ["ingress-0:80", "ingress-1:80", "ingress-2:80"]
    assert (silent, {pod for _, pod in served}) == ([7.5], {"pod:8001"})
