"""What an incident's log says of its world: which replicas did not see the route, when, and how fast the user trained.

A log gives bounds only: a route was lost between the last request that got through and the first that missed. Both
bounds are kept, and each seed draws its own moment between them. Pure.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest
from statistics import median

from scenarios.races.incidents.log import Line, LogRefused
from scenarios.world.settings import Settings

MISS = 404
UNNAMED_REPLICAS = 3
"""A gateway whose log names no replicas is assumed to have as many as the default world."""
ONE_STORY_S = 10.0
"""Misses closer together than this, with answers between them, mean that replicas disagree."""
LOG_ENDS_S = 5.0
"""A miss at the end of a log is assumed to last this much longer, at most."""
MOST_CALLS = 1_000
"""Calls that a world plays up to its last window; a longer log is not of one run, or not of its end."""
LONGEST_LOG_S = 7 * 86_400.0
"""A longer log is not of one run, and its world would send heartbeats all that time."""
LONGEST_HOLD_S = 39.0
"""A pod holds a poll for less than 40 s, before the SDK gives it up."""


@dataclass(frozen=True)
class Window:
    """A time in which these replicas did not see the route: lost in [after_s, from_s], seen again in [to_s, before_s].

    `after_s` is -inf where no request got through before: they had never seen it. The pod had taken `calls` of the
    user's calls when the window began, the last of them at `called_s`; 0 without any.
    """

    replicas: tuple[int, ...]
    after_s: float
    from_s: float
    to_s: float
    before_s: float
    calls: int = 0
    called_s: float = 0.0


@dataclass(frozen=True)
class Incident:
    """A log, read: the world's settings, the windows, and in sentences what was found and what was assumed."""

    settings: Settings
    windows: Sequence[Window]
    notes: Sequence[str]


def resolve(lines: Sequence[Line]) -> Incident:
    """Read an incident. Raises `LogRefused` where no request missed its route, or where it is longer than any run."""
    if (last_s := lines[-1].at_s) > LONGEST_LOG_S:
        days = f"{last_s / 86_400:,.1f}"
        raise LogRefused(f"it spans {days} days; cut it to at most {LONGEST_LOG_S / 86_400:g} around its misses")
    if not any(line.status == MISS for line in lines):
        raise LogRefused(f"no request was answered {MISS}, so there is no race in it")
    named = list(dict.fromkeys(line.replica for line in lines if line.replica))
    if named:
        windows = [w for n, name in enumerate(named) for w in _windows(lines, (n,), name)]
        notes = [f"replicas by name: {', '.join(f'{name} is gw-{n}' for n, name in enumerate(named))}"]
    else:
        windows, notes = _unnamed(lines)
    taken_s = [line.at_s for line in _taken(lines)]
    windows = [_anchored(window, taken_s) for window in windows]
    calls = max(window.calls for window in windows)
    if calls > MOST_CALLS:
        raise LogRefused(f"the last miss comes after {calls:,} calls; cut the log to at most {MOST_CALLS:,} before it")
    settings = _pace(lines, replicas=len(named) or UNNAMED_REPLICAS, calls=calls)
    notes.append(
        f"{settings.steps} step{'s' if settings.steps > 1 else ''}, {settings.think_s:.3g} s of the user's own before "
        f"each, {settings.forward_backward_s:.3g} s of computing, polls held up to {settings.pod_hold_s:.3g} s"
    )
    return Incident(settings, windows, notes)


def _windows(lines: Sequence[Line], replicas: tuple[int, ...], name: str | None = None) -> list[Window]:
    """Return each run of misses of the replica of this name, or of all, bounded by the answers around it."""
    found: list[Window] = []
    seen_s, asked_s, missing = -math.inf, lines[0].at_s, False
    for line in lines:
        if name not in (None, line.replica):
            pass
        elif line.status == MISS and not missing:
            found.append(Window(replicas, seen_s, line.at_s, line.at_s, line.at_s + LOG_ENDS_S))
            missing = True
        elif line.status == MISS:
            found[-1] = replace(found[-1], to_s=line.at_s, before_s=line.at_s + LOG_ENDS_S)
        elif line.status < 400 or line.status == 408:
            if missing:
                found[-1] = replace(found[-1], before_s=line.at_s)
            # a poll is held: its answer shows that the route was seen when it was sent, after the answer before it
            seen_s, missing = asked_s if line.leg == "poll" else line.at_s, False
        if line.leg in ("dispatch", "poll"):
            asked_s = line.at_s
    return found


def _anchored(window: Window, taken_s: Sequence[float]) -> Window:
    """Tie a window to the last call before it: it begins after that call, however fast a world trains."""
    before = [at_s for at_s in taken_s if at_s <= window.from_s]
    return replace(window, calls=len(before), called_s=before[-1]) if before else window


def _taken(lines: Sequence[Line]) -> list[Line]:
    """Return the calls that the pod accepted."""
    return [line for line in lines if line.leg == "dispatch" and line.status < 400]


def _unnamed(lines: Sequence[Line]) -> tuple[list[Window], list[str]]:
    """Return the windows of a log that names no replica: all lost the route, or a share equal to that of the misses."""
    windows = _windows(lines, tuple(range(UNNAMED_REPLICAS)))
    close = [b.from_s - a.to_s <= ONE_STORY_S for a, b in pairwise(windows)]
    if not any(close):
        return windows, ["no replicas are named, and no answer came between the misses: every replica lost the route"]
    first, last = windows[0], windows[-1]
    within = [line for line in lines if first.from_s <= line.at_s <= last.to_s]
    share = sum(line.status == MISS for line in within) / len(within)
    stale = min(max(round(share * UNNAMED_REPLICAS), 1), UNNAMED_REPLICAS - 1)
    whole = Window(tuple(range(stale)), first.after_s, first.from_s, last.to_s, last.before_s)
    note = f"no replicas are named, and {share:.0%} of the requests between the first miss and the last missed: "
    return [whole], [f"{note}{stale} of {UNNAMED_REPLICAS} replicas had lost the route"]


def _pace(lines: Sequence[Line], *, replicas: int, calls: int) -> Settings:
    """Return the world's settings: the number of steps, and the seconds of thinking, computing and holding a poll.

    The pod took `calls` before the last window began; one step after them is all that the incident needs.
    """
    plain, times = Settings(), [line.at_s for line in lines]
    taken_s = [line.at_s for line in _taken(lines)]
    polled_s = [line.at_s for line in lines if line.leg == "poll"]
    asked_s = [line.at_s for line in lines if line.leg == "dispatch" or line.status == 408]
    begun_s = taken_s[::2]
    thought = [begin_s - free_s for begin_s in begun_s if (free_s := _before(times, begin_s)) is not None]
    computed = []
    for begin_s, until_s in zip_longest(begun_s, taken_s[1::2], fillvalue=math.inf):
        ended_s = _before(polled_s, math.nextafter(until_s, math.inf))
        computed += [ended_s - begin_s] if ended_s is not None and ended_s >= begin_s else []
    held = [
        line.at_s - asked
        for line in lines
        if line.leg == "poll" and line.status == 408 and (asked := _before(asked_s, line.at_s)) is not None
    ]
    return Settings(
        replicas=replicas,
        steps=max(min(len(begun_s), calls // 2 + 1), 1),
        think_s=round(median(thought), 3) if thought else 0.0,
        forward_backward_s=round(median(computed), 3) if computed else plain.forward_backward_s,
        pod_hold_s=min(round(median(held), 3), LONGEST_HOLD_S) if held else plain.pod_hold_s,
        horizon_s=lines[-1].at_s + plain.horizon_s,
        # a client that polls without a pause is stopped soon after it exceeds what any other client sends
        most_requests=1_000 + 5 * int(lines[-1].at_s),
    )


def _before(times: Sequence[float], at_s: float) -> float | None:
    """Return the last of the sorted times before `at_s`."""
    n = bisect_left(times, at_s)
    return times[n - 1] if n else None
