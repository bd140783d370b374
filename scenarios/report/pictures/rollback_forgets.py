"""How many steps the client has been told of, and how many are in the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scenarios.orchestration.workloads.events import RunPreempted, RunResumed
from scenarios.report.pictures import INK, VARIANT_INK, Figure
from scenarios.report.pictures.plot import Plot, Point
from scenarios.run.result import RunResult
from scenarios.sim.events import StepAcknowledged
from trainer_pod.events import StepApplied


def draw(runs: Sequence[RunResult]) -> Iterator[Figure]:
    """Draw acknowledgements and weights over time, variant by variant."""
    longest_s = max(run.metrics.finished_s for run in runs)
    for run in runs:
        yield Figure(
            f"{run.settings['variant']}: steps acknowledged, and steps that the weights have behind them. After the "
            "rollback both begin at the checkpoint; where they part, a step was acknowledged that nobody took, or "
            "taken twice.",
            _steps(run, longest_s),
        )


def _steps(run: RunResult, longest_s: float) -> str:
    steps = max(entry.event.step for entry in run.trace.of(StepAcknowledged, StepApplied))
    variant = run.settings["variant"]
    plot = Plot((0.0, longest_s), (0.0, steps * 1.05), x_label="s", y_label="steps", title=variant, height=240)
    acknowledged: list[Point] = []
    weights: list[Point] = []
    for entry in run.trace.of(StepAcknowledged, StepApplied, RunResumed):
        drawn = {StepAcknowledged: [acknowledged], StepApplied: [weights]}.get(
            type(entry.event), [acknowledged, weights]
        )
        for points in drawn:
            if points:
                points.append((entry.at_s, points[-1][1]))
            points.append((entry.at_s, float(entry.event.step)))
    plot.line(acknowledged, INK["grey"], label="acknowledged", dashed=True)
    plot.line(weights, VARIANT_INK[variant], label="in the weights")
    for entry in run.trace.of(RunPreempted):
        plot.dot(entry.at_s, entry.event.step, INK["red"], hint="rolled back")
    return plot.svg()
