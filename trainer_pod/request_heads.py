"""What is wrong with the head of an HTTP request: too much of it, two meanings, a foreign host or origin. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httptools

from gateway_sim.trainer_pod.http_limits import HttpLimits

Refusal = tuple[int, str, str]
"""A status, the kind of problem, and a sentence."""

WATCHED: Final = frozenset((b"host", b"origin", b"transfer-encoding", b"sec-fetch-site", b"sec-fetch-mode"))
"""The headers that decide whether a request is refused."""
TITLES: Final = {
    400: "Bad Request", 403: "Forbidden", 408: "Request Timeout", 413: "Content Too Large", 414: "URI Too Long",
    415: "Unsupported Media Type", 421: "Misdirected Request", 431: "Request Header Fields Too Large",
    501: "Not Implemented", 503: "Service Unavailable",
}  # fmt: skip


@dataclass(slots=True)
class Head:
    """A complete head: its target, the number of headers, those of `WATCHED`, and what the parser says of it."""

    url: bytes
    headers: int
    seen: Sequence[tuple[bytes, bytes]]
    version: str
    method: bytes
    upgrades: bool


def objection(head: Head, limits: HttpLimits, *, any_host: bool = False, any_origin: bool = False) -> Refusal | None:
    """Return why a request is refused."""
    if len(head.url) > limits.path_bytes:
        return 414, "path-too-long", f"a path may have {limits.path_bytes} bytes"
    if head.headers > limits.headers:
        return 431, "too-many-headers", f"a request may have {limits.headers} headers"
    if head.url[:1] != b"/" and not any_host:
        named = _host_in(head.url)
        if named and not _admits(limits, named):
            return _foreign(named)
    if len(head.seen) == 1 and head.seen[0][0] == b"host":
        host = head.seen[0][1]
        return None if any_host or _admits(limits, host) else _foreign(host)
    seen: dict[bytes, list[bytes]] = {}
    for name, value in head.seen:
        seen.setdefault(name, []).append(value)
    hosts = seen.get(b"host", [])
    refusal = _of_coding(head, seen.get(b"transfer-encoding"))
    if refusal is None and (len(hosts) > 1 or (not hosts and head.version != "1.0")):
        refusal = 400, "bad-host", f"a request needs one Host header, and has {len(hosts)}"
    if refusal is None and hosts and not any_host and not _admits(limits, hosts[0]):
        refusal = _foreign(hosts[0])
    if refusal is None and not any_origin and _is_of_another_site(head, seen, hosts):
        refusal = 403, "foreign-origin", "this request was sent by a page of another site"
    return refusal


def _of_coding(head: Head, coded: list[bytes] | None) -> Refusal | None:
    if coded is None:
        return None
    if len(coded) > 1 or coded[0].strip().lower() != b"chunked":
        return 501, "unknown-transfer-encoding", "of the transfer encodings only chunked is understood"
    if head.upgrades:
        return 501, "no-other-protocol", "a request that asks for another protocol needs a Content-Length"
    return (400, "bad-http", "HTTP/1.0 has no Transfer-Encoding") if head.version == "1.0" else None


def _is_of_another_site(head: Head, seen: dict[bytes, list[bytes]], hosts: list[bytes]) -> bool:
    for origin in seen.get(b"origin", []):
        if not hosts or origin.lower() not in (b"http://" + hosts[0].lower(), b"https://" + hosts[0].lower()):
            return True
    crossing = seen.get(b"sec-fetch-site", [b""])[0] in (b"cross-site", b"same-site")
    followed = head.method == b"GET" and seen.get(b"sec-fetch-mode") == [b"navigate"]
    return crossing and not followed


def has_a_path(url: bytes) -> bool:
    """Say whether the target of a request has a path; `http://host` has none."""
    try:
        return bool(httptools.parse_url(url).path)
    except httptools.HttpParserError:
        return False


def _host_in(url: bytes) -> bytes:
    """Return the host of an absolute URL, which counts before the Host header; empty where there is none."""
    try:
        return httptools.parse_url(url).host or b""
    except httptools.HttpParserError:
        return b""


def _admits(limits: HttpLimits, host: bytes) -> bool:
    return limits.admits_host(host.decode("latin-1").strip())


def _foreign(host: bytes) -> Refusal:
    name = host.decode("latin-1")[:100]
    return 421, "foreign-host", f"{name!r} is no name of this machine's loopback interface"


def problem(status: int, slug: str, detail: str) -> bytes:
    """Return the body of a refusal (RFC 9457)."""
    told = {"type": f"urn:gateway-sim:{slug}", "title": TITLES[status], "status": status, "detail": detail}
    return json.dumps(told).encode()


def problem_headers(body: bytes) -> list[tuple[str, str]]:
    """Return the headers of a refusal, which ends its connection."""
    return [
        ("content-type", "application/problem+json"),
        ("content-length", str(len(body))),
        ("cache-control", "no-store"),
        ("connection", "close"),
    ]
