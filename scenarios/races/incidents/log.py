"""An incident's log as a gateway or a client wrote it: a line a request, with time, status, leg and perhaps replica.

CSV with a header, or without one in the order time, status, leg, replica; or JSON lines with these keys. Other fields
of a line are ignored. A time is seconds or ISO 8601, a leg its name or the request's path. Pure.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from gateway_sim.legs import API, Leg, leg_of
from scenarios.sim.errors import UsageError
from scenarios.sim.renamed import current

COLUMNS = ("time", "status", "leg", "replica")
LEGS = tuple(leg for leg in get_args(Leg) if leg != "other")
LATEST_S = 253_402_300_800.0
"""The year 10000, where ISO 8601 ends."""
MOST_TOLD = 5
"""Bad lines quoted in a refusal; the others are counted."""


class LogRefused(UsageError):
    """A log that cannot be read; the message names each bad line by its number."""


@dataclass(frozen=True)
class Line:
    """One answered request: line `number` of the file (from 1), its time, status and leg, and its replica if named."""

    number: int
    at_s: float
    status: int
    leg: Leg
    replica: str | None


def read_log(text: str, *, json_lines: bool) -> list[Line]:
    """Return the lines in the order of their times, the first at 0 s. Raises `LogRefused` if any line is bad."""
    lines: list[Line] = []
    bad: list[str] = []
    for number, told in _objects(text) if json_lines else _rows(text):
        try:
            lines.append(_line(number, told() if callable(told) else told))
        except ValueError as wrong:
            bad.append(f"line {number}: {wrong}")
    if bad:
        more = f"; and {len(bad) - MOST_TOLD} more" if len(bad) > MOST_TOLD else ""
        raise LogRefused("; ".join(bad[:MOST_TOLD]) + more)
    if not lines:
        raise LogRefused("it holds no request; a line is time, status, leg and, if known, replica")
    lines.sort(key=lambda line: line.at_s)
    return [Line(x.number, x.at_s - lines[0].at_s, x.status, x.leg, x.replica) for x in lines]


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    names: tuple[str, ...] = COLUMNS
    reader = csv.reader(text.splitlines(), skipinitialspace=True)
    for row in reader:
        words = [word.strip() for word in row]
        if not any(words) or words[0].startswith("#"):
            continue
        if "status" in (lowered := [word.lower() for word in words]):
            names = tuple(lowered)
            continue
        yield reader.line_num, dict(zip(names, words, strict=False))


def _objects(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, lambda line=line: _object(line)


def _object(line: str) -> Mapping[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        raise ValueError("it is no JSON") from None
    if not isinstance(told, dict):
        raise ValueError("it is no JSON object")
    return told


def _line(number: int, told: Mapping[str, Any]) -> Line:
    missing = [name for name in COLUMNS[:3] if told.get(name) in (None, "")]
    if missing:
        raise ValueError(f"it has no {missing[0]}")
    replica = told.get("replica")
    return Line(
        number, _time(told["time"]), _status(told["status"]), _leg(told["leg"]), str(replica) if replica else None
    )


def _time(told: Any) -> float:
    try:
        at_s = float(told)
    except (TypeError, ValueError):
        try:
            when = datetime.fromisoformat(str(told))
        except ValueError:
            raise ValueError(f"time {told!r} is neither seconds nor ISO 8601") from None
        # without a zone it is taken as UTC, so that a log reads the same everywhere
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    if not math.isfinite(at_s):
        raise ValueError(f"time {told!r} is neither seconds nor ISO 8601")
    if abs(at_s) >= LATEST_S:
        raise ValueError(f"time {told!r} is no moment in seconds; perhaps it is in milliseconds")
    return at_s


def _status(told: Any) -> int:
    if not str(told).isdecimal() or not 100 <= int(told) <= 599:
        raise ValueError(f"status {told!r} is no HTTP status (100 to 599)")
    return int(told)


def _leg(told: Any) -> Leg:
    word = str(told)
    known: Leg = _NAMED.get(current("leg", word.lower()), "other")
    leg = leg_of(API + word.partition(API)[2]) if API in word else known
    if leg == "other":
        raise ValueError(f"leg {told!r} is none of {', '.join(LEGS)}, and no path of the training API")
    return leg


_NAMED: Mapping[str, Leg] = {leg: leg for leg in LEGS}
