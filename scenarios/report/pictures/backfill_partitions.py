"""What the table holds of each city, and what that does to the losses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scenarios.orchestration.workloads.model_events import ModelCompared, TableCounted
from scenarios.report.pictures import INK, Figure
from scenarios.report.pictures.plot import Plot
from scenarios.run.result import RunResult

NONE, SOME, ONCE, TWICE = INK["red"], INK["orange"], INK["green"], INK["purple"]


def draw(runs: Sequence[RunResult]) -> Iterator[Figure]:
    """Draw the heat map of rows by city, and the losses of training and validation side by side."""
    yield Figure("Rows of each city in the table, by how often each is there.", _heat_map(runs))
    yield Figure(
        "Loss on the model's own rows and on rows held out from everything; the lines are those of the true rows. Lost "
        "cities part the two, doubled rows hardly do.",
        _losses(runs),
    )


def _heat_map(runs: Sequence[RunResult]) -> str:
    counted = {run.settings["variant"]: next(run.trace.of(TableCounted)).event for run in runs}
    cities = max(len(event.wanted) for event in counted.values())
    plot = Plot((0.0, float(cities)), x_label="city", lanes=list(counted), height=66 + 40 * len(counted))
    for lane, event in enumerate(counted.values()):
        for city, (rows, distinct, wanted) in enumerate(zip(event.rows, event.distinct, event.wanted, strict=True)):
            ink = TWICE if rows > distinct else _heat(distinct / wanted)
            hint = f"city {city}: {rows} rows, {distinct} of {wanted} different ones"
            plot.bar(city + 0.03, city + 0.97, lane + 0.08, lane + 0.92, ink, hint=hint)
    for label, ink in (("none", NONE), ("some", SOME), ("each once", ONCE), ("twice", TWICE)):
        plot.name(label, ink)
    return plot.svg()


def _heat(share: float) -> str:
    return ONCE if share >= 1 else SOME if share > 0 else NONE


def _losses(runs: Sequence[RunResult]) -> str:
    compared = {run.settings["variant"]: next(run.trace.of(ModelCompared)).event for run in runs}
    most = 1.1 * max(max(*event.loss, *event.reference_loss) for event in compared.values())
    plot = Plot((0.0, most), x_label="loss", lanes=list(compared), height=66 + 50 * len(compared))
    inks = {"training": INK["sky"], "validation": INK["blue"]}
    for lane, (variant, event) in enumerate(compared.items()):
        for place, (name, ink) in enumerate(inks.items()):
            top, bottom = lane + 0.1 + 0.4 * place, lane + 0.5 + 0.4 * place
            hint = f"{variant}, {name}: {event.loss[place]:.3f}"
            plot.bar(0.0, event.loss[place], top, bottom, ink, hint=hint)
            true = event.reference_loss[place]
            plot.line([(true, top), (true, bottom)], INK["green"])
    for name, ink in {**inks, "of the true rows": INK["green"]}.items():
        plot.name(name, ink)
    return plot.svg()
