"""Sends attacks to a server and reads what it answers, as fast as it can."""

import asyncio
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.hostile import Attack, Target, attack

STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
AT_ONCE = 48
INCOMPLETE_FOR_S = 0.4
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
            raw = await _exchange(host, int(port), one)
            _judge(one, raw, forbidden, told)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return told


def _judge(one: Attack, raw: bytes, forbidden: bytes, told: Told) -> None:
    found = STATUS.findall(raw)
    told.statuses.update(status.decode() for status in found)
    told.silent += not found
    bad = [status for status in found if status >= b"500" and status not in PLANNED]
    if bad and len(told.wrong) < 20:
        told.wrong.append(f"{bad} to {b''.join(one.pieces)[:1500]!r}: {raw[:600]!r}")
    if forbidden and forbidden in raw and len(told.wrong) < 20:
        told.wrong.append(f"{forbidden!r} in the answer to {b''.join(one.pieces)[:1500]!r}: {raw[:600]!r}")


async def _exchange(host: str, port: int, one: Attack) -> bytes:
    """Return all that the server sends until it has been quiet for a moment, or closes."""
    got = b""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), 20.0)
    except OSError:
        return got
    try:
        for piece in one.pieces:
            writer.write(piece)
            if len(one.pieces) > 1:
                await asyncio.sleep(0.002)
        if one.ending == "leaves":
            return got
        if one.ending == "half":
            writer.write_eof()
        while True:
            answers = len(STATUS.findall(got))
            # the first answer takes as long as the server is busy; after all of them nothing is to come
            patience_s = INCOMPLETE_FOR_S if answers < one.requests else 0.002
            piece = await asyncio.wait_for(reader.read(262_144), patience_s)
            if not piece:
                return got
            got += piece
    except (OSError, TimeoutError):
        return got
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
