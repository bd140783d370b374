"""The steps behind a script that is started again, life after life, and the saves that were under way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scenarios.orchestration.workloads import events
from scenarios.report.pictures import INK, VARIANT_INK, Figure
from scenarios.report.pictures.plot import Plot, Point
from scenarios.run.result import RunResult
from scenarios.sim.events import StepAcknowledged


def draw(runs: Sequence[RunResult]) -> Iterator[Figure]:
    """Draw the three lives over time in one picture."""
    until_s = max(run.metrics.finished_s for run in runs)
    steps = max(entry.event.steps for run in runs for entry in run.trace.of(events.TrainingPlanned))
    plot = Plot((0.0, until_s), (0.0, float(steps)), x_label="seconds", y_label="steps", height=260)
    for run in runs:
        variant = run.settings["variant"]
        plot.line(_progress(run), VARIANT_INK[variant], label=variant)
        behind = 0
        for entry in run.trace.of(StepAcknowledged, events.ScriptDied):
            if isinstance(entry.event, StepAcknowledged):
                behind = entry.event.step
            else:
                plot.dot(entry.at_s, behind, INK["red"], hint=f"{variant}: {entry.event.type}")
    yield Figure("Steps behind the script as it runs; each red dot is a life that ended before its time.", plot.svg())


def _progress(run: RunResult) -> list[Point]:
    points: list[Point] = [(0.0, 0.0)]
    for entry in run.trace.of(StepAcknowledged, events.RunResumed):
        if isinstance(entry.event, events.RunResumed):
            points.append((entry.at_s, points[-1][1]))
        points.append((entry.at_s, float(entry.event.step)))
    return points
