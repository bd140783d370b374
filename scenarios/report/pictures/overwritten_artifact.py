"""The loss that each run recorded beside the loss of what its path holds when an audit looks."""

from gateway_sim.scenarios.orchestration.promises.every_run_keeps_the_model_it_evaluated import not_its_own
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import ArtifactAudited, ArtifactRecorded
from gateway_sim.scenarios.report.pictures import INK, Figures, Plot, RunResult, Runs, panels, variant


def draw(runs: Runs) -> Figures:
    """Draw each run's two losses, variant by variant."""
    losses = [entry.event.loss for run in runs for entry in run.trace.of(ArtifactRecorded, ArtifactAudited)]
    yield from panels(
        runs,
        "for each run of the sweep the loss that it recorded (grey) and the loss of what its path holds at the audit: "
        "green if it is the model that the run trained and evaluated, else red.",
        lambda run: _bars(run, max(losses) * 1.1),
    )


def _bars(run: RunResult, top: float) -> str:
    recorded = {entry.event.run: entry.event.loss for entry in run.trace.of(ArtifactRecorded)}
    audits = [entry.event for entry in run.trace.of(ArtifactAudited)]
    wrong = {entry.event.run: what for entry, what in not_its_own(run.trace)}
    plot = Plot((0.5, len(audits) + 0.5), (0.0, top), x_label="run", y_label="loss", title=variant(run))
    plot.legend({"recorded": INK["grey"], "its own model": INK["green"], "another model": INK["red"]})
    for place, audit in enumerate(audits, start=1):
        ink, hint = (
            INK["red" if audit.run in wrong else "green"],
            f"{audit.run}: {wrong.get(audit.run, 'its own model')}",
        )
        plot.bar(place - 0.35, place, 0.0, recorded[audit.run], INK["grey"], hint=f"{audit.run} recorded")
        plot.bar(place, place + 0.35, 0.0, audit.loss, ink, hint=hint)
    return plot.svg()
