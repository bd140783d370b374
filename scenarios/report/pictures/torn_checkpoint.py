"""The steps of a script that dies and starts again several times."""

from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.report.pictures import INK, Figure, Figures, Plot, Runs, progress, variant, variant_line
from gateway_sim.scenarios.sim.events import StepAcknowledged


def draw(runs: Runs) -> Figures:
    """Draw the steps of all variants over time in one picture."""
    until_s = max(run.metrics.finished_s for run in runs)
    steps = max(entry.event.steps for run in runs for entry in run.trace.of(events.TrainingPlanned))
    plot = Plot((0.0, until_s), (0.0, float(steps)), x_label="seconds", y_label="steps", height=260)
    for run in runs:
        name = variant(run)
        variant_line(plot, run, [(0.0, 0.0), *progress(run, StepAcknowledged)])
        behind = 0
        for entry in run.trace.of(StepAcknowledged, events.ScriptDied):
            if isinstance(entry.event, StepAcknowledged):
                behind = entry.event.step
            else:
                plot.dot(entry.at_s, behind, INK["red"], hint=f"{name}: {entry.event.type}")
    yield Figure("Steps of the script over time; each red dot is a death of the script.", plot.svg())
