"""Requests that an attacker would send, from a seed: well-formed ones, and what mutations make of them. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import zstandard

METHODS: Final = (b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"OPTIONS", b"PATCH", b"TRACE", b"get", b"M-SEARCH")
ODD_HEADERS: Final = (
    b"Transfer-Encoding: chunked", b"Transfer-Encoding:chunked", b"Transfer-Encoding : chunked",
    b"Transfer-Encoding: xchunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding:\r\n chunked",
    b"Transfer-Encoding: \x0bchunked", b"transfer-encoding: CHUNKED", b"Content-Length: 0", b"Content-Length: 5",
    b"Content-Length: +5", b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Content-Length: 5, 5",
    b"Content-Length: 0x5", b"Host: evil.example", b"Host: 127.0.0.1", b"Origin: http://evil.example", b"Origin: null",
    b"Connection: x-api-key", b"Connection: close", b"Connection: Upgrade\r\nUpgrade: h2c", b"Expect: 100-continue",
    b"X-Folded: a\r\n b", b"X-Nul: a\x00b", b"X-Latin: \xff\xfe",
    b"X-Long: " + b"a" * 70_000,
    b"Content-Encoding: gzip", b"Content-Encoding: zstd", b"Content-Encoding: br, zstd",
    b"Content-Type: application/x-protobuf",
    b"Content-Type: multipart/form-data; boundary=x", b"Content-Type: application/json", b"Content-Type: text/plain",
    b"Accept: application/x-protobuf", b"FIREWORKS-TRAINER: globex/job-1@1", b"Fireworks_Trainer: acme/job-1@9",
    b"X-Forwarded-For: 10.0.0.1", b"X-Forwarded-Proto: \xf0", b"Forwarded: for=1", b"X-Route-Generation: 99",
    b"X-Route-Generation: " + b"9" * 6000, b"X-Api-Key: tml-other", b"Authorization: Bearer \xc3\xa9",
    b"Sec-Fetch-Site: cross-site", b"Range: bytes=0-0,0-0", b"Cookie: " + b"a=b; " * 300, b": nameless", b"no colon",
)  # fmt: skip
BODIES: Final = (
    b"", b"{}", b"[]", b"null", b"{", b'{"a":NaN}', b'{"seq_id":1e999}', b'{"seq_id":' + b"9" * 5000 + b"}",
    b"[" * 20_000, b'{"a":' * 3000 + b"1" + b"}" * 3000, b'{"model_id":"\\ud800"}', b'{"model_id":"\\u0000"}',
    b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"request_id":"r"}', b'{"session_id":"s","tags":[' + b'"x",' * 200 + b'"y"]}',
    b'{"kind":"stale","lag_s":-1}', b"\x0a\xff\xff\xff\xff\x0f", b"\x08\x96\x01" * 40, b"a=b&c=d",
    zstandard.ZstdCompressor(level=19).compress(bytes(8_000_000)), zstandard.compress(b'{"model_id":"a"}')[:-3],
    b"\x1f\x8b\x08\x00" + bytes(20), b'{"data":[' + b'{"model_input":{"chunks":[]}},' * 50 + b"{}]}",
)  # fmt: skip
SEGMENTS: Final = (
    b"..", b".", b"%2e%2e", b"%2E.", b"%2f", b"%5c", b"%00", b"%0d%0aX:1", b"%25%32%65", b"a" * 300, b"%", b"%zz",
    b";x", b"@evil:1", b"//", b"?a=b", b"#f", b"\\", b"%c0%af", b"\xc3\xa9", b"a" * 9000, b"globex", b"acme",
)  # fmt: skip
JOINTS: Final = (
    b"2\r\n{}\r\n0\r\n\r\n",
    b"zz\r\n{}\r\n",
    b"ffffffffffffffff1\r\n",
    b"2\r\n{}xx",
    b"0\r\nX: y\r\n\r\n",
    b"-1\r\n",
)


@dataclass(frozen=True)
class Target:
    """What a server has: the methods and paths that exist, and headers that let a request in."""

    paths: Sequence[tuple[bytes, bytes]]
    headers: Sequence[bytes] = ()
    host: bytes = b"127.0.0.1"


@dataclass(frozen=True)
class Attack:
    """The bytes of one connection in pieces, how many requests they mean to be, and how the caller ends.

    `ending` is "waits" for the answers, "half" closes its writing side, "leaves" at once. If it is `framed`, a server
    knows where each request ends, and must answer all of them or close.
    """

    pieces: tuple[bytes, ...]
    requests: int
    ending: str
    framed: bool


def attack(rng: random.Random, target: Target) -> Attack:
    """Draw an attack: one to four requests on a connection, some of them mutated, perhaps cut off."""
    drawn = [_request(rng, target) for _ in range(rng.choice((1, 1, 2, 4)))]
    whole, framed = b"".join(request for request, _ in drawn), all(framed for _, framed in drawn)
    if rng.random() < 0.08:
        whole, framed = _scrambled(rng, whole), False
    if rng.random() < 0.08:
        whole, framed = whole[: rng.randrange(1, len(whole) + 1)], False
    pieces = [whole]
    if rng.random() < 0.15 and len(whole) > 2:
        at = rng.randrange(1, len(whole))
        pieces = [whole[:at], whole[at:]]
    ending = rng.choices(("waits", "half", "leaves"), (90, 5, 5))[0]
    return Attack(tuple(pieces), len(drawn), ending, framed)


def _request(rng: random.Random, target: Target) -> tuple[bytes, bool]:
    """Return a request, and whether it says in one way only where it ends."""
    method, path = rng.choice(target.paths)
    headers = [b"Host: " + target.host, *target.headers]
    body = rng.choice(BODIES)
    chunked = rng.random() < 0.2
    if rng.random() < 0.25:
        path = _other_path(rng, path)
    if rng.random() < 0.1:
        method = rng.choice(METHODS)
    if rng.random() < 0.8:
        headers.append(b"Content-Type: application/json")
    if chunked:
        headers.append(b"Transfer-Encoding: chunked")
        body = b"".join((b"%x\r\n%b\r\n" % (len(body), body) if body else b"", b"0\r\n\r\n"))
    elif body or method != b"GET":
        headers.append(b"Content-Length: %d" % len(body))
    framed = True
    for _ in range(rng.choice((0, 0, 1, 2))):
        odd = rng.choice(ODD_HEADERS)
        framed = framed and not odd.lower().startswith((b"transfer-", b"content-length", b"expect", b"no colon", b":"))
        headers.insert(rng.randrange(len(headers) + 1), odd)
    if rng.random() < 0.02:
        headers += [b"X-%d: a" % n for n in range(rng.choice((50, 200, 3000)))]
    if rng.random() < 0.03:
        headers.remove(b"Host: " + target.host)
    if rng.random() < 0.03:
        body, framed = rng.choice(JOINTS), False
    version = (
        b"HTTP/1.1" if rng.random() < 0.96 else rng.choice((b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"http/1.1", b""))
    )
    line = rng.choice((b"\r\n", b"\r\n", b"\r\n", b"\n")) if rng.random() < 0.04 else b"\r\n"
    url = b"http://evil.example" + path if rng.random() < 0.02 else path
    whole = b"%b %b %b%b" % (method, url, version, line) + line.join(headers) + line * 2 + body
    return whole, framed and line == b"\r\n" and b" " not in url and version != b""


def _other_path(rng: random.Random, path: bytes) -> bytes:
    parts = path.split(b"/")
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(1, len(parts))
        match rng.randrange(3):
            case 0:
                parts[at] = rng.choice(SEGMENTS)
            case 1:
                parts.insert(at, rng.choice(SEGMENTS))
            case _:
                parts[at] = parts[at] + rng.choice(SEGMENTS)
    return b"/".join(parts).replace(b" ", b"")


def _scrambled(rng: random.Random, whole: bytes) -> bytes:
    """Change, drop or double a few bytes."""
    content = bytearray(whole)
    for _ in range(rng.choice((1, 1, 3, 10))):
        at = rng.randrange(len(content))
        match rng.randrange(3):
            case 0:
                content[at] = rng.randrange(256)
            case 1:
                content[at : at + rng.choice((1, 4))] = b""
            case _:
                content[at:at] = content[max(at - 8, 0) : at]
        if not content:
            return b"\x00"
    return bytes(content)
