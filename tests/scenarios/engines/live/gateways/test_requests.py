"""What three observers saw of a foreign gateway becomes the events that this project's own gateway emits."""

from typing import Any

import pytest

from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed
from gateway_sim.route_table import Route, RouteKey
from gateway_sim.scenarios.engines.live.gateways.requests import NUMBER, TRAINER, OpenRequest, Requests
from gateway_sim.upstream import Headers

KEY = RouteKey("acme", "job-1")
LIVE = Route("acme", "job-1", 3, "READY", "pod:1")
GONE = Route("acme", "job-1", 3, "TOMBSTONE", "")


class Seen:
    """The open requests of a gateway, and the events told of them."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.requests = Requests(self.told.append)

    def began(self, replica: str = "gw-0", path: str = "api/v1/healthz") -> OpenRequest:
        """Let the front get a request."""
        place = f"/training/v1/rlorTrainerJobs/acme/job-1/{path}"
        return self.requests.began(replica, {"path": place, "client": ("127.0.0.1", 40000)})

    def arrived(self, request: OpenRequest | None, *more: tuple[bytes, bytes], path: str = "api/v1/healthz") -> Any:
        """Let a request arrive at the pod, with the front's number if the gateway passed it on."""
        headers: Headers = [*more, *([(NUMBER, str(request.number).encode())] if request else [])]
        return self.requests.arrived(headers, KEY, path, "tap:1", 2)

    def kinds(self) -> list[str]:
        """Return the names of the events."""
        return [type(event).__name__ for event in self.told]


def test_a_stale_read_and_a_404_are_a_miss_and_a_refusal() -> None:
    """Once each, though the gateway read twice."""
    seen = Seen()
    request = seen.began()
    seen.requests.showed("gw-0", KEY, None)
    seen.requests.showed("gw-0", KEY, GONE)
    seen.requests.answered(request, 404, "no-route")
    place = ("127.0.0.1:40000", "api/v1/healthz")
    assert seen.told == [
        RouteMissed("gw-0", "acme", "job-1", "health", *place),
        RequestRefused("gw-0", "health", 404, "no-route", *place),
    ]


def test_what_another_instance_or_another_job_was_shown_is_no_miss() -> None:
    """Nor is a live route."""
    seen = Seen()
    seen.began()
    seen.requests.showed("gw-1", KEY, None)
    seen.requests.showed("gw-0", RouteKey("acme", "other"), None)
    seen.requests.showed("gw-0", KEY, LIVE)
    assert seen.told == []


def test_a_forwarded_request_names_the_generation_that_the_gateway_named() -> None:
    """Without one, or with one that is no number, the pod's."""
    for more, generation in (([(b"Fireworks-Trainer", b"acme/job-1@7")], 7), ([], 2), ([(TRAINER, b"acme@new")], 2)):
        seen = Seen()
        seen.arrived(seen.began(), *more)
        [forwarded] = seen.told
        assert isinstance(forwarded, RequestForwarded)
        assert (forwarded.generation, forwarded.replica, forwarded.address) == (generation, "gw-0", "tap:1")


def test_a_gateway_that_drops_headers_is_still_judged() -> None:
    """The oldest request of the job and path that did not arrive yet is taken for the one that did."""
    seen = Seen()
    first, second = seen.began("gw-0"), seen.began("gw-1")
    assert seen.arrived(None) is first
    assert seen.arrived(None) is second
    assert [event.replica for event in seen.told] == ["gw-0", "gw-1"]


def test_a_request_that_the_front_did_not_send_is_not_told() -> None:
    """A gateway's own health checks of pods, and a number that is none."""
    seen = Seen()
    seen.began()
    assert seen.arrived(None, path="api/v1/other") is None
    seen = Seen()
    assert seen.arrived(None, (NUMBER, b"12")) is None
    assert seen.arrived(None, (NUMBER, "\u00b2".encode())) is None
    assert seen.told == []


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, []),
        (302, []),
        (404, ["RouteMissed", "RequestRefused"]),
        (503, ["RouteMissed", "RequestRefused"]),
        (425, ["RouteMissed", "RequestRefused"]),
        (401, ["RequestRefused"]),
        (502, ["RequestRefused"]),
    ],
)
def test_a_gateway_that_read_nothing_on_the_request_misses_by_its_answer(status: int, told: list[str]) -> None:
    """It has a cache of its own; a refusal for another reason says nothing of the route."""
    seen = Seen()
    seen.requests.answered(seen.began(), status, "x")
    assert seen.kinds() == told


def test_a_pods_own_refusal_is_none_of_the_gateways() -> None:
    """Unless the gateway answered otherwise than the pod."""
    for status, told in ((409, []), (502, ["RequestRefused"])):
        seen = Seen()
        request = seen.began()
        seen.arrived(request).pod_said = 409
        seen.told.clear()
        seen.requests.answered(request, status, "x")
        assert seen.kinds() == told


def test_an_instance_that_breaks_off_its_answer_refused_after_all() -> None:
    """The front began to pass 200 on, and then could not."""
    seen = Seen()
    request = seen.began()
    seen.requests.answered(request, 200, "")
    seen.requests.answered(request, 502, "gateway-reset")
    assert [event.status for event in seen.told] == [502]


def test_a_request_whose_caller_has_gone_is_forgotten() -> None:
    """It takes no arrival, and no miss."""
    seen = Seen()
    seen.requests.left(seen.began())
    seen.requests.showed("gw-0", KEY, None)
    assert seen.arrived(None) is None
    assert seen.told == []


def test_a_request_that_names_no_job_is_told_too() -> None:
    """By the answer alone."""
    seen = Seen()
    request = seen.requests.began("gw-0", {"path": "/metrics", "client": None})
    seen.requests.answered(request, 400, "bad-path")
    assert seen.told == [RequestRefused("gw-0", request.leg, 400, "bad-path", "", "/metrics")]
