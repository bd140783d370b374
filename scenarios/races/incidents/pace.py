"""How fast the user of a log trained: training calls, steps, and the seconds of each leg, as settings. Pure."""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from statistics import median, median_low

from gateway_sim.scenarios.races.incidents.log import Line
from gateway_sim.scenarios.world.settings import Settings

LONGEST_HOLD_S = 39.0
"""A pod holds a poll for less than 40 s, before the SDK gives it up."""
MOST_MICROBATCHES = 64
"""More forward_backward calls before an optim_step than this are not played."""
IN_FLIGHT_S = 0.5
"""A call whose poll missed took this much longer, at least: a world's own network slows each poll before that."""
_BATCHES = ("forward_backward", "forward")
_STEP = "optim_step"


def seen(line: Line) -> bool:
    """Say whether an answer shows that the route was seen; a 408 is the pod's, a server error may be anyone's."""
    return not line.missed and (line.status < 400 or line.status == 408)


def is_call(line: Line) -> bool:
    """Say whether the pod took a training call; get_info and saves are none, a dispatch without a route may be any."""
    return line.leg == "dispatch" and line.status < 400 and seen(line) and line.route in (None, *_BATCHES, _STEP)


def steps_of(calls: Sequence[Line]) -> list[list[Line]]:
    """Return the training calls step by step: batches, then an optim_step; without routes a step is two calls."""
    steps: list[list[Line]] = []
    for call in calls:
        last = steps[-1] if steps else []
        done = last and (last[-1].route == _STEP or (call.route != _STEP and len(last) == 2 and last[-1].route is None))
        if not last or done:
            steps.append([])
        steps[-1].append(call)
    return steps


def pace(lines: Sequence[Line], *, replicas: int, calls: int) -> Settings:
    """Return the world's settings: steps, microbatches, and the seconds of thinking, computing and holding a poll.

    The pod took `calls` before the last window began; one step after them is all that the incident needs.
    """
    plain, times = Settings(), [line.at_s for line in lines]
    missed_s = [line.at_s for line in lines if line.missed and line.leg == "poll"]
    steps = steps_of([line for line in lines if is_call(line)])
    whole = [len(step) - 1 for step in steps if step[-1].route == _STEP and len(step) > 1]
    microbatches = min(median_low(whole), MOST_MICROBATCHES) if whole else 1
    asked_s = [line.at_s for line in lines if line.leg == "dispatch" or line.status == 408]
    thought = [step[0].sent_s - free_s for step in steps if (free_s := _before(times, step[0].sent_s)) is not None]
    polled_s = [line.at_s for line in lines if line.leg == "poll"]
    forward_backward_s, optim_step_s = _computing(steps, polled_s, missed_s, microbatches)
    held = [
        line.at_s - (asked if line.asked_s is None else line.asked_s)
        for line in lines
        if line.leg == "poll" and line.status == 408 and (asked := _before(asked_s, line.at_s)) is not None
    ]
    return Settings(
        replicas=replicas,
        steps=max(min(_begun(lines, steps), calls // (microbatches + 1) + 1), 1),
        microbatches=microbatches,
        # as many sequences as are cut into just so many microbatches
        batch=microbatches * -(-plain.batch // microbatches),
        think_s=round(median(thought), 3) if thought else 0.0,
        forward_backward_s=round(forward_backward_s, 3),
        optim_step_s=round(optim_step_s, 3),
        pod_hold_s=min(round(median(held), 3), LONGEST_HOLD_S) if held else plain.pod_hold_s,
        horizon_s=lines[-1].at_s + plain.horizon_s,
        # a client that polls without a pause is stopped soon after it exceeds what any other client sends
        most_requests=1_000 + 5 * int(lines[-1].at_s),
    )


def _stretches(steps: Sequence[Sequence[Line]], microbatches: int) -> Iterator[tuple[bool, float, float]]:
    """Yield when the pod worked: whether on an optim_step, from its call, and until the next call at the latest.

    The batches of a step that has several are one stretch, up to the next step: the pod takes them one by one.
    """
    for step, after in zip_longest(steps, steps[1:]):
        next_s = after[0].at_s if after else math.inf
        apart = len(step) > 1 and microbatches == 1
        yield False, step[0].at_s, step[-1].at_s if apart else next_s
        if apart:
            yield True, step[-1].at_s, next_s


def _computing(
    steps: Sequence[Sequence[Line]], polled_s: Sequence[float], missed_s: Sequence[float], microbatches: int
) -> tuple[float, float]:
    """Return the seconds that a batch and an optim_step took, by the median of their last polls.

    A call whose poll missed was still in the pod then, so its kind takes at least as long.
    """
    plain = Settings()
    took: dict[bool, list[float]] = {False: [], True: []}
    least_s = {False: 0.0, True: 0.0}
    for is_step, begin_s, until_s in _stretches(steps, microbatches):
        parts = 1 if is_step else microbatches
        ended_s = _before(polled_s, math.nextafter(until_s, math.inf))
        if ended_s is not None and ended_s >= begin_s:
            took[is_step].append((ended_s - begin_s) / parts)
        missed = bisect_left(missed_s, begin_s)
        if missed < len(missed_s) and missed_s[missed] <= until_s:
            least_s[is_step] = max(least_s[is_step], (missed_s[missed] - begin_s + IN_FLIGHT_S) / parts)
    return (
        max(median(took[False] or [plain.forward_backward_s]), least_s[False]),
        max(median(took[True] or [plain.optim_step_s]), least_s[True]),
    )


def _begun(lines: Sequence[Line], steps: Sequence[Sequence[Line]]) -> int:
    """Return how many steps were begun: a call that missed after the last whole step begins another."""
    if not steps:
        return 1
    last = steps[-1]
    whole = last[-1].route == _STEP or (last[-1].route is None and len(last) == 2)
    return len(steps) + (whole and any(x.missed and x.leg == "dispatch" and x.at_s >= last[-1].at_s for x in lines))


def _before(times: Sequence[float], at_s: float) -> float | None:
    """Return the last of the sorted times before `at_s`."""
    n = bisect_left(times, at_s)
    return times[n - 1] if n else None
