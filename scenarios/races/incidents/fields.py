"""The fields of a request's line: time, status, leg, route and job, as logs write them. Pure."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, get_args

from gateway_sim.legs import API, PATHS, Leg, leg_of
from gateway_sim.scenarios.sim.renamed import current

LEGS = tuple(leg for leg in get_args(Leg) if leg != "other")
LATEST_S = 253_402_300_800.0
"""The year 10000, where ISO 8601 ends."""
SCALES = ((1e17, 1e-9), (1e14, 1e-6), (1e11, 1e-3), (0.0, 1.0))
"""From which number on a time is in nanoseconds, microseconds or milliseconds: 1e11 s is the year 5138."""
NGINX = "%d/%b/%Y:%H:%M:%S %z"
NO_ROUTE = re.compile(r"no[-_ ](healthy[-_ ]upstream|route)|route[-_ ]not[-_ ](ready|found)", re.IGNORECASE)
NO_ROUTE_FLAGS = frozenset({"UH", "NR"})
"""Envoy's response flags for a cluster without a healthy host, and for a request without a route."""
_JOB = re.compile(r"/rlorTrainerJobs/([^/]+/[^/]+)/")
_NAMED: Mapping[str, Leg] = {leg: leg for leg in LEGS}


class Skipped(Exception):
    """A line that is sound and tells nothing of a training run; the message says what it is."""


def time_of(told: Any) -> float:
    """Return a moment in seconds: a number, or ISO 8601, or nginx's local time. Raises `ValueError`."""
    try:
        number = float(told)
    except (TypeError, ValueError):
        # without a zone it is taken as UTC, so that a log reads the same everywhere
        when = _moment(str(told))
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    if not math.isfinite(number):
        raise ValueError(f"time {told!r} is neither a number nor ISO 8601")
    at_s = number * next(scale for least, scale in SCALES if abs(number) >= least)
    if abs(at_s) >= LATEST_S:
        raise ValueError(f"time {told!r} is no moment in seconds, milliseconds, microseconds or nanoseconds")
    return at_s


def _moment(word: str) -> datetime:
    try:
        return datetime.fromisoformat(word)
    except ValueError:
        pass
    try:
        return datetime.strptime(word, NGINX)
    except ValueError:
        raise ValueError(f"time {word!r} is neither a number nor ISO 8601, such as 2026-04-14T09:00:00Z") from None


def status_of(told: Any) -> int:
    """Return an HTTP status. Raises `ValueError`, or `Skipped` for a request without an answer."""
    word = str(told)
    if word in ("0", "-", "000"):
        raise Skipped("without an answer")
    if not word.isdecimal() or not 100 <= int(word) <= 599:
        raise ValueError(f"status {told!r} is no HTTP status (100 to 599)")
    return int(word)


@lru_cache(maxsize=4096)
def leg_and_route(word: str) -> tuple[Leg, str | None]:
    """Return the leg, and the route below `API` if a route or a path is told. Raises `ValueError` or `Skipped`.

    A race from a log trains and draws no sequences: there a request of a sampler stands for a dispatch.
    """
    leg, route = _leg_and_route(word)
    return "dispatch" if leg == "sample" else leg, route


def _leg_and_route(word: str) -> tuple[Leg, str | None]:
    if named := _NAMED.get(current("leg", word.lower())):
        return named, None
    if word in PATHS:
        return leg_of(API + word), word
    # "POST /path HTTP/1.1" is a path too
    path = next((part for part in word.split() if "/" in part), "").partition("?")[0].partition("#")[0]
    if not path:
        raise ValueError(f"leg {word!r} is none of {', '.join(LEGS)}, and no path")
    _, api, route = path.partition(API)
    if not api or leg_of(API + route) == "other":
        raise Skipped("of no route of the training API")
    return leg_of(API + route), route


def job_of(path: Any) -> str | None:
    """Return account and job of a gateway's path, "acme/job-1"; None where it names none."""
    found = _JOB.search(str(path))
    return found[1] if found else None


def says_no_route(status: int, flags: Any, body: Any) -> bool:
    """Say whether a 503 says by its flags or its body that the gateway had no route."""
    if status != 503:
        return False
    return not NO_ROUTE_FLAGS.isdisjoint(str(flags or "").split(",")) or bool(NO_ROUTE.search(str(body or "")))


def seconds_of(told: Any, scale: float) -> float | None:
    """Return a duration in seconds; None where it is not told, or not as a number."""
    try:
        took_s = float(told) * scale
    except (TypeError, ValueError):
        return None
    return took_s if math.isfinite(took_s) and took_s >= 0 else None
