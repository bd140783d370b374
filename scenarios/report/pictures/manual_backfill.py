"""The days of a backfill, a lane for each: the runs that computed it, and whether its rows are there once."""

from gateway_sim.scenarios.orchestration.workloads import pipeline_events as events
from gateway_sim.scenarios.orchestration.workloads.model_events import TableCounted
from gateway_sim.scenarios.report.pictures import INK, Figures, Plot, RunResult, Runs, panels, variant


def draw(runs: Runs) -> Figures:
    """Draw each day's runs, variant by variant."""
    until_s = max(run.trace.entries[-1].at_s for run in runs)
    yield from panels(
        runs,
        "the runs of each day in its lane; red where the day's rows are there twice, or not all of them, in the end. "
        "The grey line is the moment at which the terminal, or the scheduler, ended.",
        lambda run: _lanes(run, until_s),
    )


def _lanes(run: RunResult, until_s: float) -> str:
    began = list(run.trace.of(events.DayBegan))
    counted = next(run.trace.of(TableCounted)).event
    days = sorted({entry.event.day for entry in began})
    plot = Plot((0.0, until_s / 3600), x_label="hours", lanes=days, title=variant(run), lane_height=12)
    plot.legend({"there once": INK["green"], "twice, or not at all": INK["red"]})
    left = {(entry.event.day, entry.event.run): entry.at_s for entry in run.trace.of(events.DayLeft)}
    for entry in began:
        lane = days.index(entry.event.day)
        fine = counted.rows[lane] == counted.distinct[lane] == counted.wanted[lane]
        end_s = left.get((entry.event.day, entry.event.run), until_s)
        ink, hint = INK["green" if fine else "red"], f"{entry.event.day}: {entry.event.run}"
        plot.bar(entry.at_s / 3600, end_s / 3600, lane + 0.1, lane + 0.9, ink, hint=hint)
    for ended in run.trace.of(events.LauncherEnded):
        plot.upright(ended.at_s / 3600, INK["grey"], dashed=True)
    return plot.svg()
