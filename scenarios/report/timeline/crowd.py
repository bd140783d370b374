"""Many clients at once: the requests of a leg become one area, as high as the number of open requests. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from gateway_sim.scenarios.report.timeline.drawing import Area, Drawing, Span, Stroke, Tone

MOST_OPEN = 10
"""Requests of one leg that are open at once: up to so many, each is drawn by itself."""

_CONNECTIONS = "connections 0"
"""The first lane of the connections, which then is the only one."""

Part = tuple[float, float, Tone, str]
"""From, to, tone and label of what an area counts."""


def crowded(drawing: Drawing) -> Drawing:
    """Return the drawing with areas in place of requests and connections; itself if there are few."""
    legs: dict[str, list[Part]] = {}
    for stroke in drawing.strokes:
        legs.setdefault(stroke.through[0], []).append(_of_stroke(stroke))
    if max(map(_most, legs.values()), default=0) <= MOST_OPEN:
        return drawing
    connections: list[Part] = []
    rest: list[Span] = []
    for span in drawing.spans:
        part = (span.from_s, span.to_s, span.tone, span.label)
        if span.lane in legs:
            legs[span.lane].append(part)
        elif drawing.lanes[span.lane].group == "connections":
            connections.append(part)
        else:
            rest.append(span)
    lanes = {key: lane for key, lane in drawing.lanes.items() if lane.group != "connections" or key == _CONNECTIONS}
    areas = [_area(lane, parts) for lane, parts in legs.items()]
    if connections:
        most = _most(connections)
        areas.append(Area(_CONNECTIONS, list(_steps(connections)), most, f"{len(connections)}, up to {most} at once"))
    return replace(drawing, lanes=lanes, spans=rest, strokes=[], areas=areas)


def _of_stroke(stroke: Stroke) -> Part:
    return stroke.sent_s, stroke.ended_s, stroke.tone, stroke.label


def _area(lane: str, parts: list[Part]) -> Area:
    counted = Counter(label for *_, label in parts)
    kinds = ", ".join(f"{number} × {label}" for label, number in counted.most_common())
    return Area(lane, list(_steps(parts)), _most(parts), f"up to {_most(parts)} at once: {kinds}")


def _most(parts: Iterable[Part]) -> int:
    return max((sum(open_.values()) for _, open_ in _steps(parts)), default=0)


def _steps(parts: Iterable[Part]) -> Iterator[tuple[float, dict[Tone, int]]]:
    """Yield each second at which the number of open parts changes, with the open parts by tone."""
    changes = [
        (round(at_s, 6), tone, by)
        for from_s, to_s, tone, _ in parts
        for at_s, by in ((from_s, 1), (max(to_s, from_s), -1))
    ]
    open_: Counter[Tone] = Counter()
    for at_s, together in groupby(sorted(changes, key=lambda change: change[0]), key=lambda change: change[0]):
        for _, tone, by in together:
            open_[tone] += by
        yield at_s, {tone: number for tone, number in open_.items() if number}
