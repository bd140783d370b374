"""Accuracy by day over coloured bands, a colour for each served image."""

from gateway_sim.control_plane.events import ImageTagged
from gateway_sim.scenarios.orchestration.workloads.model_events import DayServed
from gateway_sim.scenarios.report.pictures import INK, VARIANT_INK, Figures, Plot, RunResult, Runs, panels, variant

BANDS = [f"var(--band-{n})" for n in (1, 2, 3, 4)]
"""Pale, so that the lines over them can be seen."""


def draw(runs: Runs) -> Figures:
    """Draw each variant's days over the digests that served them."""
    days = [entry.event for run in runs for entry in run.trace.of(DayServed)]
    each = [quality for day in days for quality in (day.quality, day.reference_quality)]
    yield from panels(
        runs,
        "accuracy by day; the band's colour is the digest that served, the dashed line the undisturbed model. The tag "
        "moves as day 3 begins; from day 4 on the model of that night serves.",
        lambda run: _days(run, min(each) - 0.01, max(each) + 0.01),
    )


def _days(run: RunResult, floor: float, top: float) -> str:
    served = [entry.event for entry in run.trace.of(DayServed)]
    digests = list(dict.fromkeys(entry.event.digest for entry in run.trace.of(ImageTagged)))
    plot = Plot((1.0, served[-1].day + 1.0), (floor, top), x_label="day", y_label="accuracy", title=variant(run))
    for day in served:
        band = BANDS[digests.index(day.digest) % len(BANDS)]
        plot.bar(day.day, day.day + 1, floor, top, band, hint=f"{day.job} in {day.digest[:19]}")
        plot.legend({day.digest[7:15]: band})
    known = [(x, day.reference_quality) for day in served for x in (day.day, day.day + 1.0)]
    plot.line([(float(x), y) for x, y in known], INK["grey"], label="undisturbed", dashed=True, width=6.0)
    points = [(x, day.quality) for day in served for x in (day.day, day.day + 1.0)]
    plot.line([(float(x), y) for x, y in points], VARIANT_INK[variant(run)], label="served")
    return plot.svg()
