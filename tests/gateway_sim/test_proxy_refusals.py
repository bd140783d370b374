"""Requests that the gateway refuses before it looks for a pod: by their key, path, headers or body."""

import pytest

from gateway_sim.events import UpstreamFailed
from gateway_sim.proxy import PREFIX as TRAINERS
from tests import clock
from tests.gateway_sim.refusals import OTHERS, PREFIX, refused


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-key": "tml-acme"},
        {"authorization": "Bearer tml-acme"},
        {"authorization": "bearer tml-acme"},
        {"x-api-key": "tml-acme", "authorization": "Bearer tml-acme"},
        {"x-api-key": "tml-local", "authorization": "Bearer tml-acme"},
        {"x-api-key": " tml-acme"},
    ],
)
def test_either_way_to_send_a_key_is_fine(lab, headers):
    """tinker sends X-API-Key, older SDKs both, and one of them a placeholder in the first."""
    assert lab.ask(key=None, headers=headers).status == 200


@pytest.mark.parametrize(
    ("headers", "slug", "sentence"),
    [
        ({}, "missing-key", "send an API key as X-API-Key or Authorization: Bearer"),
        ({"authorization": "Basic tml-acme"}, "missing-key", "send an API key"),
        ({"x-api-key": "unknown"}, "unknown-key", "this API key is not known"),
        ({"authorization": "Bearer unknown"}, "unknown-key", "this API key is not known"),
    ],
)
def test_a_key_that_is_missing_or_unknown_is_401(lab, headers, slug, sentence):
    """Each by its own kind, with a sentence."""
    answer = lab.ask(key=None, headers=headers)
    assert sentence in refused(answer, 401, slug)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert lab.upstream.asked == []


def test_a_key_reaches_its_own_account_only(lab):
    """403, though the key is good and whether or not the job exists."""
    assert "globex" in refused(lab.ask(OTHERS + "api/v1/get_info"), 403, "foreign-account")
    refused(lab.ask(key="other-key"), 403, "foreign-account")
    assert lab.upstream.asked == []


@pytest.mark.parametrize(
    "path",
    ["", "acme", "acme/job-1", "acme/job-1/", "/job-1/api/v1/healthz", "acme//api/v1/healthz", "acme/a%2Fb/api/v1/x",
     "acme/a%00b/api/v1/x"],
)  # fmt: skip
def test_a_path_that_names_no_trainer_is_400(lab, path):
    """And says how one is written."""
    answer = lab.ask(TRAINERS + path)
    assert "{account}/{job}" in refused(answer, 400, "bad-path")


@pytest.mark.parametrize(
    ("headers", "slug"),
    [({"content-length": "many"}, "bad-length"), ({"content-length": "-1"}, "bad-length"),
     ({"x-route-generation": "new"}, "bad-generation"), ({"x-route-generation": "9" * 5000}, "bad-generation"),
     ({"x-route-generation": "\u0663"}, "bad-generation")],
)  # fmt: skip
def test_a_header_that_is_no_number_is_400(lab, headers, slug):
    """One sentence, and the pod never hears of it."""
    refused(lab.ask(headers=headers), 400, slug)
    assert lab.upstream.asked == []


def test_a_body_that_says_it_is_too_long_is_413(lab):
    """Before any of it is read."""
    assert "1000 bytes" in refused(lab.ask(headers={"content-length": "1001"}), 413, "body-too-large")
    assert lab.upstream.asked == []


@pytest.mark.parametrize("body", [[b"x" * 600, b"x" * 600], [b"x" * 1001], [b"x" * 1001, b""]])
def test_a_body_that_turns_out_too_long_is_413(lab, body):
    """A chunked body states no length; the gateway counts, and the pod is not blamed."""
    refused(lab.ask(body=body), 413, "body-too-large")
    assert not [event for event in lab.events if isinstance(event, UpstreamFailed)]


def test_a_body_of_just_the_limit_is_fine(lab):
    """In one piece or in two."""
    assert lab.ask(body=[b"x" * 1000]).status == 200
    assert lab.ask(body=[b"x" * 500, b"x" * 500]).status == 200
    assert lab.ask(headers={"content-length": "1000"}, body=[b"x" * 1000]).status == 200


@pytest.mark.parametrize(("digits", "status", "slug"), [(18, 404, "route-not-found"), (19, 400, "bad-generation")])
def test_a_number_has_at_most_18_digits(lab, digits, status, slug):
    """Python reads no numbers of thousands of digits; 18 fit into 64 bits."""
    refused(lab.ask(headers={"x-route-generation": "9" * digits}), status, slug)


@pytest.mark.parametrize(
    "path",
    [
        "acme/../globex/api/v1/get_info", "acme/%2e%2e/globex/api/v1/get_info", "./job-1/api/v1/get_info",
        "acme/job-1/../../globex/job-1/api/v1/get_info", "acme/job-1/api/v1/%2E./get_info", "acme/job-1/api/v1/..",
        "acme%2f..%2fglobex/job-1/api/v1/get_info", "acme/job-1%2f..%2fjob-2/get_info", "acme/%2e/api/v1/get_info",
    ],
)  # fmt: skip
def test_a_path_with_a_dot_segment_is_400(lab, path):
    """A server between the gateway and the pod may resolve it, and the request would end at another job."""
    answer = lab.ask(TRAINERS + path)
    assert (answer.status, lab.upstream.asked) == (400, [])


@pytest.mark.parametrize("path", ["acme/job-1/api/v1/..x", "acme/job-1/api/v1/.well-known", "acme/job-1/api/v1/a..b"])
def test_a_name_with_dots_is_no_dot_segment(lab, path):
    """It is forwarded as it is."""
    assert lab.ask(TRAINERS + path).status == 200


@pytest.mark.parametrize("name", [b"x-api-key", b"authorization", b"content-length", b"x-route-generation"])
def test_a_header_that_decides_is_sent_once(lab, name):
    """Of two the gateway would judge by one, and a pod might read the other."""
    gateway, told = lab.gateway(), []

    async def send(message):
        told.append(message)

    twice = [(name, b"2"), (name, b"2"), (b"x-api-key", b"tml-acme"), (b"accept", b"a"), (b"accept", b"b")]
    scope = {"type": "http", "method": "POST", "path": PREFIX + "api/v1/get_info", "headers": twice}
    clock.run(gateway(scope, None, send))
    assert told[0]["status"] == 400
    assert b"header-twice" in told[1]["body"]
    assert name + b" is there twice" in told[1]["body"]
    assert lab.upstream.asked == []


def test_no_caller_names_the_job_for_a_pod_that_reads_underscores_as_dashes(lab):
    """Neither spelling of the gateway's own header is passed on."""
    lab.ask(headers={"fireworks_trainer": "globex/job-9@1", "fireworks-trainer": "globex/job-9@1"})
    [(_, _, headers, _)] = lab.upstream.asked
    assert {name: value for name, value in headers.items() if "trainer" in name} == {
        "fireworks-trainer": "acme/job-1@3"
    }


@pytest.mark.parametrize("stated", ["0", "1", "3"])
def test_a_body_of_another_length_than_stated_is_400(lab, stated):
    """The pod would wait for the rest, or read it as the next request on the connection."""
    answer = lab.ask(headers={"content-length": stated}, body=[b"{}"])
    assert (answer.status, lab.upstream.asked) == (400, [])
    assert lab.ask(headers={"content-length": "2"}, body=[b"{}"]).status == 200
