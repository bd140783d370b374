"""Sends attacks to a server and reads what it answers, as fast as it can."""

import asyncio
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.hostile import Attack, Target, attack

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) [\w -]*\r\n")
AT_ONCE = 24
ANSWERED_WITHIN_S = 20.0
"""A framed request without an answer after this time hangs."""
UNFRAMED_FOR_S = 0.3
"""How long an answer is waited for after bytes that may be no whole request."""
PLANNED = {b"501", b"503"}
"""Of the statuses from 500 on: an unknown transfer encoding, and too many connections."""


@dataclass
class Told:
    """What came back: the statuses, the number of requests, and what must not be there."""

    sent: int = 0
    connections: int = 0
    silent: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


async def fuzz(
    address: str, target: Target, seed: str, requests: int, forbidden: bytes = b"", told: Told | None = None
) -> Told:
    """Send so many requests, drawn from the seed; `forbidden` are bytes that no answer may hold."""
    told, rng = told or Told(), random.Random(seed)
    host, port = address.rpartition("/")[2].split(":")
    left = requests

    async def worker() -> None:
        nonlocal left
        while left > 0:
            one = attack(rng, target)
            left -= one.requests
            told.sent += one.requests
            told.connections += 1
            raw, hangs = await _exchange(host, int(port), one)
            _judge(one, raw, hangs, forbidden, told)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return told


def _judge(one: Attack, raw: bytes, hangs: bool, forbidden: bytes, told: Told) -> None:
    found = STATUS.findall(raw)
    told.statuses.update(status.decode() for status in found)
    told.silent += not found
    bad = [status for status in found if status >= b"500" and status not in PLANNED]
    if hangs and len(told.wrong) < 20:
        told.wrong.append(f"no answer within {ANSWERED_WITHIN_S:g} s to {b''.join(one.pieces)[:3000]!r}: {raw[:600]!r}")
    if bad and len(told.wrong) < 20:
        told.wrong.append(f"{bad} to {b''.join(one.pieces)[:1500]!r}: {raw[:600]!r}")
    if forbidden and forbidden in raw and len(told.wrong) < 20:
        told.wrong.append(f"{forbidden!r} in the answer to {b''.join(one.pieces)[:1500]!r}: {raw[:600]!r}")


async def _exchange(host: str, port: int, one: Attack) -> tuple[bytes, bool]:
    """Return all that the server sends until it has been quiet for a moment, or closes; and whether it owes more."""
    got = b""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), 20.0)
    except OSError:
        return got, False
    try:
        for piece in one.pieces:
            writer.write(piece)
            if len(one.pieces) > 1:
                await asyncio.sleep(0.002)
        if one.ending == "leaves":
            return got, False
        if one.ending == "half":
            writer.write_eof()
        while True:
            answers = len(STATUS.findall(got))
            owed_s = ANSWERED_WITHIN_S if one.framed else UNFRAMED_FOR_S
            # after the last answer nothing is to come but its end
            piece = await asyncio.wait_for(reader.read(262_144), owed_s if answers < one.requests else 0.002)
            if not piece:
                return got, False
            got += piece
    except TimeoutError:
        return got, one.framed and len(STATUS.findall(got)) < one.requests
    except OSError:
        return got, False
    finally:
        writer.transport.abort()


def family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(other for child in children for other in family(int(child)))]


def held(pid: int) -> tuple[float, int]:
    """Return the MiB and the file descriptors that a process and its descendants hold."""
    kib = descriptors = 0
    for one in family(pid):
        try:
            status = Path(f"/proc/{one}/status").read_text()
            descriptors += len(list(Path(f"/proc/{one}/fd").iterdir()))
        except OSError:
            continue
        kib += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
    return kib / 1024, descriptors


def settled(pid: int, within_s: float = 40.0) -> tuple[float, int]:
    """Return what a process holds once it holds the same for some seconds: a worker may still be starting."""
    end, before, quiet = time.monotonic() + within_s, held(pid), 0
    while quiet < 6 and time.monotonic() < end:
        time.sleep(1.0)
        now = held(pid)
        quiet = quiet + 1 if abs(now[0] - before[0]) < 1.0 else 0
        before = now
    return before


def line(name: str, told: Told, seconds: float, before: tuple[float, int], after: tuple[float, int]) -> str:
    """Return the figures of one server as a line."""
    kinds = Counter[str]()
    for status, count in told.statuses.items():
        kinds[f"{status[0]}xx"] += count
    kinds |= {status: count for status, count in told.statuses.items() if status >= "500"}
    answers = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()) if kind != "5xx")
    return (
        f"{name:<12} {told.sent:>7,} requests on {told.connections:,} connections in {seconds:.0f} s: {answers}, "
        f"{told.silent:,} without an answer; {before[0]:.0f} MiB and {before[1]} descriptors after the warm-up, "
        f"{after[0]:.0f} MiB and {after[1]} at the end"
    )
