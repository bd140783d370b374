"""Accuracy day by day over bands of colour: one colour for each image that served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from control_plane.events import ImageTagged
from scenarios.orchestration.workloads.model_events import DayServed
from scenarios.report.pictures import INK, VARIANT_INK, Figure
from scenarios.report.pictures.plot import Plot
from scenarios.run.result import RunResult

BANDS = ("#dbe9f6", "#fbe3c8", "#e3f1dc", "#efe0f2")
"""Pale, so that what is drawn over them can be seen."""


def draw(runs: Sequence[RunResult]) -> Iterator[Figure]:
    """Draw each variant's days over the digests that served them."""
    days = [[entry.event for entry in run.trace.of(DayServed)] for run in runs]
    each = [quality for served in days for day in served for quality in (day.quality, day.reference_quality)]
    floor, top = min(each) - 0.01, max(each) + 0.01
    for run, served in zip(runs, days, strict=True):
        yield Figure(
            f"{run.settings['variant']}: accuracy by day; the band's colour is the digest that served, the dashed line "
            "the undisturbed model. The tag moves as day 3 begins; from day 4 on the model of that night serves.",
            _days(run, served, floor, top),
        )


def _days(run: RunResult, served: Sequence[DayServed], floor: float, top: float) -> str:
    variant = run.settings["variant"]
    digests = list(dict.fromkeys(entry.event.digest for entry in run.trace.of(ImageTagged)))
    plot = Plot((1.0, served[-1].day + 1.0), (floor, top), x_label="day", y_label="accuracy", title=variant)
    for day in served:
        n = digests.index(day.digest)
        plot.bar(day.day, day.day + 1, floor, top, BANDS[n % len(BANDS)], hint=f"{day.job} in {day.digest[:19]}")
        plot.name(day.digest[7:15], BANDS[n % len(BANDS)])
    known = [(x, day.reference_quality) for day in served for x in (day.day, day.day + 1.0)]
    plot.line([(float(x), y) for x, y in known], INK["grey"], label="undisturbed", dashed=True)
    points = [(x, day.quality) for day in served for x in (day.day, day.day + 1.0)]
    plot.line([(float(x), y) for x, y in points], VARIANT_INK[variant], label="served")
    return plot.svg()
