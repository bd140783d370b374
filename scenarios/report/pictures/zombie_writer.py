"""The step of the checkpoint that `latest` names, over time."""

from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.report.pictures import Figure, Figures, Plot, Runs, variant_line


def draw(runs: Runs) -> Figures:
    """Draw the step that a resume would begin with, a line for each variant."""
    until_s = max(run.trace.entries[-1].at_s for run in runs)
    most = max(_step(entry.event.checkpoint) for run in runs for entry in run.trace.of(events.LatestPointed))
    plot = Plot((0.0, until_s / 60), (0.0, most + 1.0), x_label="minutes", y_label="step that latest names")
    for run in runs:
        points, step = [(0.0, 0.0)], 0
        for entry in run.trace.of(events.LatestPointed):
            points.append((entry.at_s / 60, float(step)))
            step = _step(entry.event.checkpoint)
            points.append((entry.at_s / 60, float(step)))
        points.append((run.trace.entries[-1].at_s / 60, float(step)))
        variant_line(plot, run, points)
    yield Figure(
        "What a resume would begin with. Where the line falls, a writer that its successor had replaced moved it back.",
        plot.svg(),
    )


def _step(checkpoint: str) -> int:
    return int(checkpoint.split("-")[1])
