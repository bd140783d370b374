"""From a trace to its picture, top to bottom: what should be, who asks, over what, whom, and who computes. Pure."""

from __future__ import annotations

from scenarios.report.timeline.asking import draw_calls, draw_user
from scenarios.report.timeline.calls import calls
from scenarios.report.timeline.drawing import Drawing
from scenarios.report.timeline.pods import draw_pods
from scenarios.report.timeline.truth import draw_beliefs, draw_control_plane, draw_table
from scenarios.sim.trace import Trace


def draw(trace: Trace) -> Drawing:
    """Return the picture of a trace."""
    drawing = Drawing()
    end_s = trace.entries[-1].at_s if trace.entries else 0.0
    asked = calls(trace)
    draw_control_plane(drawing, trace, end_s)
    draw_table(drawing, trace, end_s)
    draw_user(drawing, trace, end_s)
    draw_calls(drawing, trace, asked, end_s)
    draw_beliefs(drawing, trace)
    draw_pods(drawing, trace, end_s)
    return drawing
