"""The share of runs that an audit can reproduce, by their age."""

from gateway_sim.control_plane.events import HistoryVacuumed
from gateway_sim.scenarios.orchestration.workloads.model_events import ReplayRefused, RunReplayed
from gateway_sim.scenarios.report.pictures import (
    INK,
    VARIANT_INK,
    Figure,
    Figures,
    Plot,
    Point,
    RunResult,
    Runs,
    variant,
    variant_line,
)

DAY_S = 86400.0


def draw(runs: Runs) -> Figures:
    """Draw the reproducible share by the day of the audit, for each variant."""
    ended = max(entry.event.day for run in runs for entry in run.trace.of(RunReplayed, ReplayRefused))
    plot = Plot((0.0, ended + 2.0), (0.0, 1.05), x_label="day of the audit", y_label="reproducible", height=260)
    for entry in runs[0].trace.of(HistoryVacuumed):
        if entry.at_s <= ended * DAY_S:
            plot.upright(entry.at_s / DAY_S, INK["pale"], label="vacuum")
    for run in runs:
        name, shares = variant(run), _by_day(run)
        variant_line(plot, run, shares)
        for day, share in shares:
            plot.dot(day, share, VARIANT_INK[name], hint=f"{name}, day {day:.0f}: {share:.0%}")
    yield Figure(
        "Share of the first days' runs that end with the same weights when an audit trains them again. Grey marks "
        "are vacuums: they delete recorded data that no reader holds.",
        plot.svg(),
    )


def _by_day(run: RunResult) -> list[Point]:
    replays = [entry.event for entry in run.trace.of(RunReplayed, ReplayRefused)]
    points: list[Point] = []
    for day in dict.fromkeys(event.day for event in replays):
        asked = [event for event in replays if event.day == day]
        same = sum(isinstance(event, RunReplayed) and event.weights == event.undisturbed for event in asked)
        points.append((float(day), same / len(asked)))
    return points
