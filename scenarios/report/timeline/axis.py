"""The time axis of a timeline, which fits 2 ms of a race and 3 minutes of waiting on one screen. Pure.

An axis is a list of (second, place) pairs, places from 0 to 1, linear between two pairs. Each important event has a
pair, and the width between two pairs grows much slower than the time.
"""

from collections.abc import Iterable
from itertools import pairwise

from gateway_sim.scenarios.report.timeline.drawing import Drawing

FLATTENS = 0.3
"""The exponent: a thousand times the time has eight times the width."""
NARROWEST = 0.6
"""The width of an empty gap; a gap of a millisecond is 1 wider."""
MOST_PLACES = 12
"""The places of a lane on the axis, in a drawing of many clients."""


def telling(drawing: Drawing) -> Iterable[float]:
    """Yield the begins, ends and marks in seconds, without routine requests and connections.

    In a drawing of many clients each lane has some of them: all would leave no width for anything else.
    """
    if drawing.areas:
        yield from _some(drawing)
        return
    for span in [*drawing.spans, *drawing.bands]:
        if not span.lane.startswith("connections"):
            yield from (span.from_s, span.to_s)
    for mark in drawing.marks:
        yield mark.at_s
    for stroke in drawing.strokes:
        if not stroke.routine:
            yield from (stroke.sent_s, stroke.arrived_s, stroke.ended_s)


def _some(drawing: Drawing) -> Iterable[float]:
    lanes: dict[str, list[float]] = {}
    for area in drawing.areas:
        lanes.setdefault(area.lane, []).extend(at_s for at_s, _ in area.steps)
    for span in [*drawing.spans, *drawing.bands]:
        lanes.setdefault(span.lane, []).extend((span.from_s, span.to_s))
    for mark in drawing.marks:
        lanes.setdefault(mark.lane, []).append(mark.at_s)
    for moments in map(sorted, lanes.values()):
        yield from moments[:: -(-len(moments) // MOST_PLACES)]
        yield moments[-1]


def axis(seconds: Iterable[float]) -> list[tuple[float, float]]:
    """Return the axis with a place for each of these seconds and for 0."""
    moments = sorted({0.0, *(round(second, 4) for second in seconds)})
    places = [0.0]
    for before_s, after_s in pairwise(moments):
        places.append(places[-1] + NARROWEST + ((after_s - before_s) * 1000) ** FLATTENS)
    length = places[-1] or 1.0
    return [(moment, round(place / length, 6)) for moment, place in zip(moments, places, strict=True)]
