"""The accuracy of a job's model by day, over bands of the digest that ran; red where the run failed."""

from gateway_sim.control_plane.events import ImageTagged
from gateway_sim.scenarios.orchestration.workloads.model_events import DayServed
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import FaultFound, RunCrashed
from gateway_sim.scenarios.report.pictures import INK, VARIANT_INK, Figures, Plot, RunResult, Runs, panels, variant
from gateway_sim.scenarios.report.pictures.image_drift import BANDS


def draw(runs: Runs) -> Figures:
    """Draw each variant's days."""
    served = [entry.event for run in runs for entry in run.trace.of(DayServed)]
    floor = min(day.quality for day in served) - 0.05
    last = max(day.day for day in served)
    yield from panels(
        runs,
        "accuracy by day; the band's colour is the digest of the runtime, and a red band is a failed run. The "
        "dashed line is the model in the runtime that it was trained in; a grey line is the day on which a cause was "
        "found.",
        lambda run: _days(run, floor, last),
    )


def _days(run: RunResult, floor: float, last: int) -> str:
    digests = list(dict.fromkeys(entry.event.digest for entry in run.trace.of(ImageTagged)))
    plot = Plot((1.0, last + 1.0), (floor, 1.0), x_label="day", y_label="accuracy", title=variant(run))
    for entry in run.trace.of(DayServed, RunCrashed):
        day = entry.event
        if isinstance(day, RunCrashed):
            plot.bar(day.day, day.day + 1, floor, 1.0, INK["red"], hint=day.error)
            plot.legend({"failed": INK["red"]})
            continue
        band = BANDS[digests.index(day.digest) % len(BANDS)]
        plot.bar(day.day, day.day + 1, floor, 1.0, band, hint=f"day {day.day} in {day.digest[:19]}")
        plot.legend({day.digest[7:15]: band})
        known = [(day.day, day.reference_quality), (day.day + 1.0, day.reference_quality)]
        plot.line(known, INK["grey"], dashed=True, width=6.0)
        plot.line([(day.day, day.quality), (day.day + 1.0, day.quality)], VARIANT_INK[variant(run)])
    for found in run.trace.of(FaultFound):
        plot.upright(found.event.day, INK["grey"])
    return plot.svg()
