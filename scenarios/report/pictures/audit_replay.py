"""What share of the runs can be had again, as they grow old."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from control_plane.events import HistoryVacuumed
from scenarios.orchestration.workloads.model_events import ReplayRefused, RunReplayed
from scenarios.report.pictures import INK, VARIANT_INK, Figure
from scenarios.report.pictures.plot import Plot, Point
from scenarios.run.result import RunResult

DAY_S = 86400.0


def draw(runs: Sequence[RunResult]) -> Iterator[Figure]:
    """Draw the reproducible share by the day of the audit, for each variant."""
    yield Figure(
        "Share of the first days' runs that end with the same weights when an audit trains them again. Grey marks "
        "are vacuums: what a record names and nobody holds is gone after them.",
        _shares(runs),
    )


def _shares(runs: Sequence[RunResult]) -> str:
    ended = max(entry.event.day for run in runs for entry in run.trace.of(RunReplayed, ReplayRefused))
    plot = Plot((0.0, ended + 2.0), (0.0, 1.05), x_label="day of the audit", y_label="reproducible", height=260)
    for entry in runs[0].trace.of(HistoryVacuumed):
        if entry.at_s <= ended * DAY_S:
            plot.line([(entry.at_s / DAY_S, 0.0), (entry.at_s / DAY_S, 1.05)], INK["pale"], label="vacuum")
    for n, run in enumerate(runs):
        variant = run.settings["variant"]
        # lines that agree lie beside each other, so that each is seen
        above = 0.008 * (len(runs) - 1 - n)
        shares = _by_day(run)
        plot.line([(day, share + above) for day, share in shares], VARIANT_INK[variant], label=variant)
        for day, share in shares:
            plot.dot(day, share + above, VARIANT_INK[variant], hint=f"{variant}, day {day:.0f}: {share:.0%}")
    return plot.svg()


def _by_day(run: RunResult) -> list[Point]:
    replays = [entry.event for entry in run.trace.of(RunReplayed, ReplayRefused)]
    points: list[Point] = []
    for day in dict.fromkeys(event.day for event in replays):
        asked = [event for event in replays if event.day == day]
        same = sum(isinstance(event, RunReplayed) and event.weights == event.undisturbed for event in asked)
        points.append((float(day), same / len(asked)))
    return points
