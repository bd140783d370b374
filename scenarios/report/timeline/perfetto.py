"""The timeline as Chrome's trace JSON, for ui.perfetto.dev. Pure."""

import json
from collections.abc import Iterable
from typing import Any

from gateway_sim.scenarios.report.timeline.document import draw
from gateway_sim.scenarios.run.result import RaceResult

TraceEvent = dict[str, Any]


def chrome_trace(results: Iterable[RaceResult]) -> str:
    """Return one JSON document: runs are processes, lanes are tracks, requests to other lanes are arrows.

    Overlapping spans of a lane get separate tracks, because Perfetto draws the slices of a track as a stack.
    """
    found: list[TraceEvent] = []
    for process, result in enumerate(results, 1):
        name = f"{result.race}: {result.client} under {result.gateway}: {result.outcome}"
        found.append({"ph": "M", "name": "process_name", "pid": process, "args": {"name": name}})
        found += _Process(process, result).events
    return json.dumps({"displayTimeUnit": "ms", "traceEvents": found})


class _Process:
    """The events of one run, and the tracks of its lanes."""

    def __init__(self, number: int, result: RaceResult) -> None:
        self.events: list[TraceEvent] = []
        self._number = number
        self._busy: dict[str, list[float]] = {}
        self._drawing = draw(result.trace)
        self._places = {key: place for place, key in enumerate(self._drawing.lanes, 1)}
        slices = [(s.from_s, s.to_s, s.lane, s.label or s.detail, s.tone, s.detail) for s in self._drawing.spans]
        for one in sorted(slices, key=lambda s: (s[0], -s[1])):
            self._slice(*one)
        for mark in self._drawing.marks:
            self._add("i", mark.lane, 0, mark.at_s, s="t", name=mark.label, cat=mark.tone, args={"what": mark.detail})
        for number, stroke in enumerate(sorted(self._drawing.strokes, key=lambda s: s.sent_s)):
            lanes = [lane for lane in stroke.through if lane in self._places]
            tracks = [
                self._slice(stroke.sent_s if lane == lanes[0] else stroke.arrived_s, stroke.ended_s, lane,
                            stroke.label, stroke.tone, stroke.detail)
                for lane in dict.fromkeys((lanes[0], lanes[-1]))
            ]  # fmt: skip
            if len(tracks) > 1:
                arrow = {"name": "request", "cat": "request", "id": self._number * 1_000_000 + number}
                self._add("s", lanes[0], tracks[0], stroke.sent_s, **arrow)
                self._add("f", lanes[-1], tracks[-1], stroke.arrived_s, bp="e", **arrow)
        for band in self._drawing.bands:
            self._slice(band.from_s, band.to_s, next(iter(self._places)), band.label, "fault", band.detail)
        for broken in result.violations:
            self._add("i", next(iter(self._places)), 0, broken.at_s, s="p", name=f"broken promise: {broken.words}",
                       cat="promise", args={"what": broken.message})  # fmt: skip
        self._name_tracks()

    def _slice(self, from_s: float, to_s: float, lane: str, name: str, tone: str, detail: str) -> int:
        """Add a slice in the lane's first free track, and return that track."""
        busy = self._busy.setdefault(lane, [])
        track = next((n for n, until_s in enumerate(busy) if until_s <= from_s), len(busy))
        busy[track : track + 1] = [to_s]
        self._add("X", lane, track, from_s, dur=_us(to_s - from_s), name=name, cat=tone, args={"what": detail})
        return track

    def _add(self, phase: str, lane: str, track: int, at_s: float, **more: Any) -> None:
        tid = self._places[lane] * 1000 + track
        self.events.append({"ph": phase, "pid": self._number, "tid": tid, "ts": _us(at_s), **more})

    def _name_tracks(self) -> None:
        for key, lane in self._drawing.lanes.items():
            for track in range(max(len(self._busy.get(key, [])), 1)):
                at = {"ph": "M", "pid": self._number, "tid": self._places[key] * 1000 + track}
                self.events.append({**at, "name": "thread_name", "args": {"name": lane.name or lane.group}})
                self.events.append({**at, "name": "thread_sort_index", "args": {"sort_index": at["tid"]}})


def _us(second: float) -> float:
    return round(second * 1e6, 1)
