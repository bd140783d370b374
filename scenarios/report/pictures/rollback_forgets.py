"""The acknowledged steps, and the steps in the weights."""

from gateway_sim.scenarios.orchestration.workloads.events import RunPreempted
from gateway_sim.scenarios.report.pictures import (
    INK,
    VARIANT_INK,
    Figures,
    Plot,
    RunResult,
    Runs,
    panels,
    progress,
    variant,
)
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.trainer_pod.events import StepApplied


def draw(runs: Runs) -> Figures:
    """Draw acknowledgements and weights over time, variant by variant."""
    longest_s = max(run.metrics.finished_s for run in runs)
    yield from panels(
        runs,
        "acknowledged steps, and steps in the weights. After the rollback both begin at the checkpoint; where they "
        "differ, an acknowledged step was never applied, or was applied twice.",
        lambda run: _steps(run, longest_s),
    )


def _steps(run: RunResult, longest_s: float) -> str:
    steps = max(entry.event.step for entry in run.trace.of(StepAcknowledged, StepApplied))
    plot = Plot((0.0, longest_s), (0.0, steps * 1.05), x_label="s", y_label="steps", title=variant(run), height=240)
    plot.line(progress(run, StepAcknowledged, stairs=True), INK["grey"], label="acknowledged", dashed=True, width=6.0)
    plot.line(progress(run, StepApplied, stairs=True), VARIANT_INK[variant(run)], label="in the weights")
    for entry in run.trace.of(RunPreempted):
        plot.dot(entry.at_s, entry.event.step, INK["red"], hint="rolled back")
    return plot.svg()
