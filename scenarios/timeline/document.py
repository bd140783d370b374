"""One run as the page reads it: plain JSON, short, with every lane named by its place. Pure."""

from __future__ import annotations

from typing import Any

from scenarios import incidents
from scenarios.runner import RunResult
from scenarios.timeline.axis import axis, telling
from scenarios.timeline.draw import draw
from scenarios.timeline.drawing import Drawing
from scenarios.timeline.story import story


def document(result: RunResult) -> dict[str, Any]:
    """Return a run with its picture; `telling` are the seconds that an axis should give a place of their own.

    Spans are [lane, from, to, tone, label, detail], marks [lane, at, tone, label, detail], strokes
    [lanes, sent, arrived, ended, tone, label, detail], bands [from, to, label, detail]; times are seconds.
    """
    drawing = draw(result.trace)
    broken_s = [violation.at_s for violation in result.violations]
    return {
        "race": result.race,
        "summary": incidents.load(result.race).summary,
        "client": result.client,
        "gateway": result.gateway,
        "sdk": result.sdk,
        "balance": result.balance,
        "engine": result.engine,
        "seed": result.seed,
        "settings": result.settings,
        "outcome": result.outcome,
        "verdict": result.verdict,
        "expected": result.expected,
        "error": f"{result.error.type}: {result.error.message}" if result.error else None,
        "replay": result.replay,
        "metrics": result.document()["metrics"],
        "end_s": round(result.trace.entries[-1].at_s, 6) if result.trace.entries else 0.0,
        "events": len(result.trace.entries),
        "violations": [[_s(v.at_s), v.promise, v.message] for v in result.violations],
        "story": [[_s(m.at_s), m.tone, m.sentence] for m in story(result.trace)],
        "telling": sorted({round(second, 4) for second in [*telling(drawing), *broken_s]}),
        **picture(drawing),
    }


def picture(drawing: Drawing) -> dict[str, Any]:
    """Return a drawing as lists, lanes by their place."""
    places = {key: place for place, key in enumerate(drawing.lanes)}
    return {
        "lanes": [[lane.name, lane.group] for lane in drawing.lanes.values()],
        "spans": [[places[s.lane], _s(s.from_s), _s(s.to_s), s.tone, s.label, s.detail] for s in drawing.spans],
        "marks": [[places[m.lane], _s(m.at_s), m.tone, m.label, m.detail] for m in drawing.marks],
        "strokes": [
            [[places[lane] for lane in s.through if lane in places], _s(s.sent_s), _s(s.arrived_s), _s(s.ended_s),
             s.tone, s.label, s.detail]
            for s in drawing.strokes
        ],
        "bands": [[_s(b.from_s), _s(b.to_s), b.label, b.detail] for b in drawing.bands],
    }  # fmt: skip


def shared_axis(documents: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Return one axis for several runs."""
    return axis(second for run in documents for second in [*run["telling"], run["end_s"]])


def _s(second: float) -> float:
    return round(second, 6)
