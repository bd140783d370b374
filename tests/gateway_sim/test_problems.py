"""The gateway's own answers."""

import json

from gateway_sim.problems import Problem
from tests import clock


def test_a_problem_is_sent_whole_with_its_headers_and_is_never_cached():
    """RFC 9457; `extra` stands in the body beside the five members."""
    headers, extra = {"Retry-After": "1"}, {"queue_state": "x"}
    problem = Problem(503, "route-not-ready", "Route not ready", "come back", headers, extra)
    sent = []

    async def send(message):
        sent.append(message)

    clock.run(problem.send(send, "gw-2"))
    start, body = sent
    assert start["status"] == 503
    assert dict(start["headers"]) == {
        b"content-type": b"application/problem+json",
        b"content-length": str(len(body["body"])).encode(),
        b"cache-control": b"no-store",
        b"x-gateway-replica": b"gw-2",
        b"retry-after": b"1",
    }
    assert json.loads(body["body"]) == {
        "type": "urn:gateway-sim:route-not-ready",
        "title": "Route not ready",
        "status": 503,
        "detail": "come back",
        "queue_state": "x",
    }
