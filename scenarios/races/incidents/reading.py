"""What an incident's log says of its world: which replicas did not see the route, when, and how fast the user trained.

A log gives bounds only: a route was lost between the last request that got through and the first that missed. Both
bounds are kept, and each seed draws its own moment between them. Pure.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from gateway_sim.scenarios.races.incidents.flow import Flow, Moment
from gateway_sim.scenarios.races.incidents.log import Line, LogRefused
from gateway_sim.scenarios.races.incidents.pace import is_call, pace, seen
from gateway_sim.scenarios.world.settings import Settings

MISS = 404
"""What the gateway of the day answers, unless `--gateway` says otherwise."""
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


@dataclass(frozen=True)
class Window:
    """A time in which these replicas did not see the route: lost in [after_s, from_s], seen again in [to_s, before_s].

    `after_s` is -inf where no request got through before: they had never seen it. The pod had taken `calls` of the
    user's training calls when the window began, the last of them at `called_s`; 0 without any.

    The window counts from `anchor`, an answer to the user at `anchor_s` that came before it; None without any. Where
    the request that missed was the next one after the answer `last`, it comes `next_s` after that in the world, and
    meets the window; `last` is None where others came between.
    `unnamed` says that the log names no replica: one that was not asked before may never have known the route.
    """

    replicas: tuple[int, ...]
    after_s: float
    from_s: float
    to_s: float
    before_s: float
    calls: int = 0
    called_s: float = 0.0
    anchor: Moment | None = None
    anchor_s: float = 0.0
    last: Moment | None = None
    next_s: float = 0.0
    unnamed: bool = False


@dataclass(frozen=True)
class Incident:
    """A log, read: the world's settings, the windows, and in sentences what was found and what was assumed.

    `replies` says by how many seconds the answers at some moments of the run are late; `format` is the log's, and
    `skipped` counts the lines that were not read, by kind.
    """

    settings: Settings
    windows: Sequence[Window]
    notes: Sequence[str]
    replies: Mapping[Moment, float] = field(default_factory=dict)
    format: str = ""
    skipped: Mapping[str, int] = field(default_factory=dict)


def resolve(lines: Sequence[Line]) -> Incident:
    """Read an incident. Raises `LogRefused` where no request missed its route, or where it is longer than any run."""
    if (last_s := lines[-1].at_s) > LONGEST_LOG_S:
        days = f"{last_s / 86_400:,.1f}"
        raise LogRefused(f"it spans {days} days; cut it to at most {LONGEST_LOG_S / 86_400:g} around its misses")
    if not any(line.missed for line in lines):
        raise LogRefused(_without_a_miss(lines))
    named = list(dict.fromkeys(line.replica for line in lines if line.replica))
    if named:
        windows = [w for n, name in enumerate(named) for w in _windows(lines, (n,), name)]
        notes = [f"replicas by name: {', '.join(f'{name} is gw-{n}' for n, name in enumerate(named))}"]
    else:
        windows, notes = _unnamed(lines)
    called_s = [line.at_s for line in lines if is_call(line)]
    windows = [_after_calls(window, called_s) for window in windows]
    calls = max(window.calls for window in windows)
    if calls > MOST_CALLS:
        raise LogRefused(f"the last miss comes after {calls:,} calls; cut the log to at most {MOST_CALLS:,} before it")
    settings = pace(lines, replicas=len(named) or UNNAMED_REPLICAS, calls=calls)
    flow = Flow(lines, settings)
    windows = [_tied(window, flow) for window in windows]
    notes.append(
        f"{settings.steps} step{'s' if settings.steps > 1 else ''}, {settings.think_s:.3g} s of the user's own before "
        f"each, {settings.forward_backward_s:.3g} s of computing and {settings.optim_step_s:.3g} s of an optim_step, "
        f"polls held up to {settings.pod_hold_s:.3g} s"
    )
    if settings.microbatches > 1:
        notes.append(f"{settings.microbatches} forward_backward calls before each optim_step")
    if answered := Counter(line.status for line in lines if line.missed and line.status != MISS):
        codes = ", ".join(f"{n:,} with {status}" for status, n in answered.items())
        notes.append(f"misses with another answer than {MISS}: {codes}; --gateway sets the answer of the day")
    return Incident(settings, windows, notes, flow.replies(max(window.from_s for window in windows)))


def _without_a_miss(lines: Sequence[Line]) -> str:
    """Say that there is no race in a log, and which other statuses might have been misses."""
    others = Counter(line.status for line in lines if line.status >= 400 and line.status != 408)
    told = "no request was answered 404, nor 503 for want of a route, so there is no race in it"
    if not others:
        return told
    near = others.most_common(1)[0][0]
    counts = ", ".join(f"{n:,} answered {status}" for status, n in others.most_common())
    return f"{told}; {counts}: --miss 404,{near} takes them for misses"


def _windows(lines: Sequence[Line], replicas: tuple[int, ...], name: str | None = None) -> list[Window]:
    """Return each run of misses of the replica of this name, or of all, bounded by the answers around it."""
    found: list[Window] = []
    seen_s, asked_s, missing = -math.inf, lines[0].at_s, False
    for line in lines:
        if name not in (None, line.replica):
            pass
        elif line.missed and not missing:
            found.append(Window(replicas, seen_s, line.at_s, line.at_s, line.at_s + LOG_ENDS_S, unnamed=name is None))
            missing = True
        elif line.missed:
            found[-1] = replace(found[-1], to_s=line.at_s, before_s=line.at_s + LOG_ENDS_S)
        elif seen(line):
            if missing:
                found[-1] = replace(found[-1], before_s=line.at_s)
            # a poll is held: its answer shows that the route was seen when it was sent, after the answer before it
            sent_s = line.asked_s if line.asked_s is not None else asked_s if line.leg == "poll" else line.at_s
            seen_s, missing = max(seen_s, sent_s), False
        if line.leg in ("dispatch", "poll"):
            asked_s = line.at_s
    return found


def _unnamed(lines: Sequence[Line]) -> tuple[list[Window], list[str]]:
    """Return the windows of a log that names no replica: all lost the route, or a share equal to that of the misses."""
    windows = _windows(lines, tuple(range(UNNAMED_REPLICAS)))
    close = [b.from_s - a.to_s <= ONE_STORY_S for a, b in pairwise(windows)]
    if not any(close):
        note = "no replicas are named, and no answer came between the misses: every replica lost the route"
        return windows, [f"{note}, or one that was not asked before never knew it"]
    first, last = windows[0], windows[-1]
    within = [line for line in lines if first.from_s <= line.at_s <= last.to_s]
    share = sum(line.missed for line in within) / len(within)
    stale = min(max(round(share * UNNAMED_REPLICAS), 1), UNNAMED_REPLICAS - 1)
    whole = Window(tuple(range(stale)), first.after_s, first.from_s, last.to_s, last.before_s, unnamed=True)
    note = f"no replicas are named, and {share:.0%} of the requests between the first miss and the last missed: "
    return [whole], [f"{note}{stale} of {UNNAMED_REPLICAS} replicas had lost the route"]


def _after_calls(window: Window, called_s: Sequence[float]) -> Window:
    """Return the window with the number of training calls before it and the time of the last."""
    calls = bisect_right(called_s, window.from_s)
    return replace(window, calls=calls, called_s=called_s[calls - 1] if calls else 0.0)


def _tied(window: Window, flow: Flow) -> Window:
    """Tie a window to the answers before it: it begins after them, however fast a world trains."""
    last, next_s, last_s = flow.before(window.from_s)
    if last is not None and not last.held:
        return replace(window, anchor=last, anchor_s=last_s, last=last, next_s=next_s)
    # while polls are held a route may be lost unseen
    anchor, anchor_s = flow.by(window.after_s if math.isfinite(window.after_s) else window.from_s)
    return replace(window, anchor=anchor, anchor_s=anchor_s, last=last, next_s=next_s)
