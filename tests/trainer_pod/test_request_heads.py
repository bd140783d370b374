"""Complete heads, by their headers: what is taken, and which refusal comes first."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from gateway_sim.trainer_pod.http_limits import HttpLimits
from gateway_sim.trainer_pod.request_heads import Head, has_a_path, objection, problem

HOST = (b"host", b"localhost")


MANY = HttpLimits(path_bytes=10, headers=5)


def objected(seen: Sequence[tuple[bytes, bytes]] = (HOST,), **head: Any) -> tuple[int, str] | None:
    """Return status and kind of the refusal of a complete head; a GET of HTTP/1.1 to this machine unless said."""
    how = {name: head.pop(name) for name in ("any_host", "any_origin") if name in head}
    told = {"url": b"/", "headers": 1, "version": "1.1", "method": b"GET", "upgrades": False, **head}
    refusal = objection(Head(seen=seen, **told), MANY, **how)
    return refusal and refusal[:2]


@pytest.mark.parametrize(
    ("head", "refusal"),
    [
        ({"url": b"/" + b"a" * 9}, None),
        ({"url": b"/" + b"a" * 10}, (414, "path-too-long")),
        ({"headers": 5}, None),
        ({"headers": 6}, (431, "too-many-headers")),
        ({"url": b"http://x/"}, (421, "foreign-host")),
        ({"url": b"http://x/", "any_host": True}, None),
        ({"url": b"*"}, None),
    ],
)
def test_a_head_of_exactly_its_limits_is_taken(head: dict[str, Any], refusal: tuple[int, str] | None) -> None:
    """One more is refused; the host of an absolute target counts as the header does."""
    assert objected(**head) == refusal


@pytest.mark.parametrize(
    ("seen", "how", "refusal"),
    [
        ([], {}, (400, "bad-host")),
        ([], {"version": "1.0"}, None),
        ([HOST, HOST], {"version": "1.0"}, (400, "bad-host")),
        ([HOST, HOST], {"any_host": True}, (400, "bad-host")),
        ([HOST, (b"transfer-encoding", b" Chunked ")], {}, None),
        ([HOST, (b"transfer-encoding", b"chunked")], {"version": "1.0"}, (400, "bad-http")),
        ([HOST, (b"transfer-encoding", b"chunked")], {"upgrades": True}, (501, "no-other-protocol")),
        ([HOST, *[(b"transfer-encoding", b"chunked")] * 2], {}, (501, "unknown-transfer-encoding")),
        ([(b"host", b"evil"), (b"sec-fetch-mode", b"cors")], {}, (421, "foreign-host")),
        ([(b"host", b"evil"), (b"sec-fetch-mode", b"cors")], {"any_host": True}, None),
        ([(b"host", b"evil"), (b"transfer-encoding", b"gzip")], {}, (501, "unknown-transfer-encoding")),
        ([(b"host", b"evil"), (b"origin", b"http://x")], {}, (421, "foreign-host")),
        ([HOST, (b"origin", b"HTTPS://LocalHost")], {}, None),
        ([(b"host", b"LocalHost"), (b"origin", b"http://localhost")], {}, None),
        ([HOST, (b"origin", b"http://localhost"), (b"origin", b"http://x")], {}, (403, "foreign-origin")),
        ([HOST, (b"origin", b"http://x")], {"any_origin": True}, None),
        ([(b"origin", b"http://x")], {"version": "1.0"}, (403, "foreign-origin")),
        ([HOST, (b"sec-fetch-site", b"same-site")], {}, (403, "foreign-origin")),
        ([HOST, (b"sec-fetch-site", b"none")], {}, None),
        ([HOST, (b"sec-fetch-site", b"same-origin"), (b"sec-fetch-mode", b"cors")], {"method": b"POST"}, None),
        ([HOST, (b"sec-fetch-site", b"same-site"), (b"sec-fetch-mode", b"navigate")], {}, None),
    ],
)
def test_the_headers_that_decide_are_weighed_together(
    seen: list[tuple[bytes, bytes]], how: dict[str, Any], refusal: tuple[int, str] | None
) -> None:
    """What two servers would read differently is refused first, a foreign host next, a foreign page last."""
    assert objected(seen, **how) == refusal


def test_a_refusal_repeats_no_more_of_a_name_than_is_read() -> None:
    """A hundred characters; the sentences about limits have the limit."""
    head = Head(b"/", 1, [(b"host", b"e" * 5000)], "1.1", b"GET", upgrades=False)
    refusal = objection(head, HttpLimits())
    assert refusal == (421, "foreign-host", f"'{'e' * 100}' is no name of this machine's loopback interface")
    assert json.loads(problem(414, "path-too-long", "a path may have 10 bytes")) == {
        "type": "urn:gateway-sim:path-too-long", "title": "URI Too Long", "status": 414,
        "detail": "a path may have 10 bytes",
    }  # fmt: skip


@pytest.mark.parametrize(("url", "has"), [(b"/", True), (b"http://a/", True), (b"http://a", False), (b"a b", False)])
def test_a_target_without_a_path_is_known(url: bytes, has: bool) -> None:
    """uvicorn would fail on it before the refusal is written."""
    assert has_a_path(url) is has
