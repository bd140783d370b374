"""Whose the GPUs were hour by hour, and how long the hourly runs took of the hour that they have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from scenarios.orchestration.promises.every_run_ends_by_its_deadline import due
from scenarios.orchestration.stories.backfill_starvation import CLUSTERS
from scenarios.orchestration.workloads.occupancy import Stretch
from scenarios.report.pictures import INK, Figure
from scenarios.report.pictures.gpus import ended_h, use_over_time
from scenarios.report.pictures.plot import Plot
from scenarios.run.result import RunResult


def draw(runs: Sequence[RunResult]) -> Iterator[Figure]:
    """Draw both clusters, variant by variant: their GPUs by namespace, and below the hourly runs."""
    for cluster in CLUSTERS:
        until_h = max(ended_h(run, cluster) for run in runs)
        for run in runs:
            variant = run.settings["variant"]
            yield Figure(
                f"{variant}: the GPUs of the {cluster} cluster by whose runs hold them.",
                use_over_time(run, cluster, PARTS, until_h=until_h, title=variant),
            )
            yield Figure(
                f"{variant}: the hourly runs of the {cluster} cluster from when they were asked for to their end; "
                "red is past the hour.",
                _hours(run, cluster, until_h=until_h),
            )


def _hours(run: RunResult, cluster: str, *, until_h: float) -> str:
    hourly = list(due(run.trace, cluster))
    lanes = [one.work for one in hourly]
    plot = Plot((0.0, until_h), x_label="hours", lanes=lanes, height=60 + 16 * len(lanes))
    for lane, one in enumerate(hourly):
        hint = f"{one.work}: {one.latency_s / 3600:.2f} h"
        in_time_s = min(one.by_s, one.ended_s)
        plot.bar(one.asked_s / 3600, in_time_s / 3600, lane + 0.15, lane + 0.85, INK["green"], hint=hint)
        if one.missed:
            ended_h = min(one.ended_s / 3600, until_h)
            plot.bar(one.by_s / 3600, ended_h, lane + 0.15, lane + 0.85, INK["red"], hint=hint)
    return plot.svg()


def _held_by(namespace: str) -> Callable[[Stretch], float]:
    """Return what counts the GPUs of a namespace's runs, which are named after it."""

    def count(stretch: Stretch) -> float:
        return float(sum(gpus for work, (_, gpus) in stretch.running.items() if work.startswith(namespace)))

    return count


PARTS = (
    ("hourly", INK["blue"], _held_by("hourly")),
    ("backfill", INK["orange"], _held_by("backfill")),
    ("free", INK["pale"], lambda stretch: float(stretch.free)),
)
