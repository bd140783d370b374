"""The snapshot and the image of each attempt of a run."""

from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.report.pictures import INK, Figure, Figures, Plot, Runs, variant
from gateway_sim.scenarios.sim.events import RunFailed, RunFinished


def draw(runs: Runs) -> Figures:
    """Draw each variant as a lane, its attempts as bars."""
    until_s = max(run.metrics.finished_s for run in runs)
    plot = Plot((0.0, until_s), x_label="seconds", lanes=[*map(variant, runs)])
    plot.legend({"as submitted": INK["green"], "something else": INK["red"]})
    for lane, run in enumerate(runs):
        used = list(run.trace.of(events.IngredientsUsed))
        ends_s = [entry.at_s for entry in run.trace.of(events.ScriptDied, RunFinished, RunFailed)]
        for entry, end_s in zip(used, ends_s, strict=False):
            made_of, first = (entry.event.snapshot, entry.event.image), used[0].event
            ink = INK["green"] if made_of == (first.snapshot, first.image) else INK["red"]
            plot.bar(entry.at_s, end_s, lane + 0.1, lane + 0.9, ink, hint=" by ".join(made_of))
            short = (name.partition("@")[2].removeprefix("sha256:")[:6] for name in made_of)
            plot.note(entry.at_s, lane + 0.62, " / ".join(short), ink="#ffffff")
    yield Figure("The attempts of the run, each with the numbers of its snapshot and image.", plot.svg())
