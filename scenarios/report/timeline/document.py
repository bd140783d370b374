"""A run as the page reads it, in plain JSON, and the page. Pure."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from gateway_sim.scenarios.judge.measure import metrics, outcome
from gateway_sim.scenarios.races import incidents
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.timeline.asking import draw_calls, draw_user
from gateway_sim.scenarios.report.timeline.axis import axis, telling
from gateway_sim.scenarios.report.timeline.calls import calls
from gateway_sim.scenarios.report.timeline.crowd import crowded
from gateway_sim.scenarios.report.timeline.drawing import Drawing
from gateway_sim.scenarios.report.timeline.pods import draw_pods
from gateway_sim.scenarios.report.timeline.story import story
from gateway_sim.scenarios.report.timeline.truth import draw_beliefs, draw_control_plane, draw_table
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.events import RunFailed, RunFinished
from gateway_sim.scenarios.sim.trace import Trace


def draw(trace: Trace) -> Drawing:
    """Return the drawing of a trace; from the top: control plane, table, client, connections, replicas, pods."""
    drawing = Drawing()
    end_s = trace.entries[-1].at_s if trace.entries else 0.0
    draw_control_plane(drawing, trace, end_s)
    draw_table(drawing, trace, end_s)
    draw_user(drawing, trace, end_s)
    draw_calls(drawing, trace, calls(trace), end_s)
    draw_beliefs(drawing, trace)
    draw_pods(drawing, trace, end_s)
    return drawing


def document(result: RaceResult) -> dict[str, Any]:
    """Return a run with its drawing; `telling` has the seconds with a place on the axis.

    Spans are [lane, from, to, tone, label, detail], marks [lane, at, tone, label, detail], strokes
    [lanes, sent, arrived, ended, tone, label, detail], areas [lane, [[at, {tone: open}]], most, label], bands
    [from, to, label, detail]; times are seconds.
    """
    return {
        **_so_far(result, result.trace, broken_s=[violation.at_s for violation in result.violations]),
        "outcome": result.outcome,
        "verdict": result.verdict,
        "expected": result.expected,
        "error": f"{result.error.type}: {result.error.message}" if result.error else None,
        "metrics": result.document()["metrics"],
        "violations": [[_s(v.at_s), v.words, v.message] for v in result.violations],
    }


def under_way(spec: RunSpec, trace: Trace) -> dict[str, Any]:
    """Return the same for a run in progress, without a verdict.

    It has an outcome if the user's script has ended before its world.
    """
    failed = next((entry.event for entry in trace.of(RunFailed)), None)
    return {
        **_so_far(spec, trace),
        "outcome": outcome(trace) if failed or trace.reached(RunFinished) else None,
        "verdict": None,
        "expected": None,
        "error": f"{failed.type}: {failed.message}" if failed else None,
        "metrics": asdict(metrics(trace, 0.0)),
        "violations": [],
    }


def _so_far(run: RunSpec | RaceResult, trace: Trace, broken_s: Sequence[float] = ()) -> dict[str, Any]:
    drawing = crowded(draw(trace))
    return {
        "race": run.race,
        "summary": incidents.load(run.race).summary,
        "client": run.client,
        "gateway": run.gateway,
        "sdk": run.sdk,
        "balance": run.balance,
        "engine": run.engine,
        "seed": run.seed,
        "settings": dict(run.settings),
        "replay": run.replay,
        "end_s": _s(trace.entries[-1].at_s) if trace.entries else 0.0,
        "events": len(trace.entries),
        "story": [[_s(m.at_s), m.tone, m.sentence] for m in story(trace)],
        "telling": sorted({round(second, 4) for second in [*telling(drawing), *broken_s]}),
        **picture(drawing),
    }


def picture(drawing: Drawing) -> dict[str, Any]:
    """Return a drawing as lists; a lane is the number of its place."""
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
        "areas": [
            [places[a.lane], [[_s(at_s), open_] for at_s, open_ in a.steps], a.most, a.label] for a in drawing.areas
        ],
        "bands": [[_s(b.from_s), _s(b.to_s), b.label, b.detail] for b in drawing.bands],
    }  # fmt: skip


def timeline_page(results: Sequence[RaceResult]) -> str:
    """Return one HTML file with these runs below each other on one axis."""
    documents = [document(result) for result in results]
    lead = documents[0]["summary"]
    if len(documents) > 1:
        lead += " The runs have the same world, seed and time axis."
    return render(
        "timeline.html",
        race=documents[0]["race"],
        pairs=", ".join(dict.fromkeys(f"{run['client']} under {run['gateway']}" for run in documents)),
        lead=lead,
        shown={"runs": documents, "axis": shared_axis(documents)},
    )


def shared_axis(documents: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Return one axis for several runs."""
    return axis(second for run in documents for second in [*run["telling"], run["end_s"]])


def _s(second: float) -> float:
    return round(second, 6)
