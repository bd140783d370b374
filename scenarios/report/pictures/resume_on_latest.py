"""What each life of a run was made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scenarios.orchestration.workloads import events
from scenarios.report.pictures import INK, Figure
from scenarios.report.pictures.plot import Plot
from scenarios.run.result import RunResult
from scenarios.sim.events import RunFailed, RunFinished


def draw(runs: Sequence[RunResult]) -> Iterator[Figure]:
    """Draw each variant as a lane, its lives as bars."""
    until_s = max(run.metrics.finished_s for run in runs)
    lanes = [run.settings["variant"] for run in runs]
    plot = Plot((0.0, until_s), x_label="seconds", lanes=lanes, height=60 + 34 * len(lanes))
    plot.name("as submitted", INK["green"])
    plot.name("something else", INK["red"])
    for lane, run in enumerate(runs):
        used = list(run.trace.of(events.IngredientsUsed))
        ends_s = [entry.at_s for entry in run.trace.of(events.ScriptDied, RunFinished, RunFailed)]
        for entry, end_s in zip(used, ends_s, strict=False):
            made_of, first = (entry.event.snapshot, entry.event.image), used[0].event
            ink = INK["green"] if made_of == (first.snapshot, first.image) else INK["red"]
            plot.bar(entry.at_s, end_s, lane + 0.1, lane + 0.9, ink, hint=" by ".join(made_of))
            plot.note(entry.at_s, lane + 0.62, " / ".join(name.partition("@")[2] for name in made_of), ink="#ffffff")
    yield Figure(
        "The lives of the run, and the numbers of the snapshot and the image that each was made of.", plot.svg()
    )
