"""The GPUs of each namespace over time, and the durations of the hourly runs."""

from collections.abc import Callable
from functools import partial

from gateway_sim.scenarios.orchestration.promises.every_run_ends_by_its_deadline import due
from gateway_sim.scenarios.orchestration.stories.backfill_starvation import CLUSTERS
from gateway_sim.scenarios.orchestration.workloads.occupancy import Stretch
from gateway_sim.scenarios.report.pictures import INK, Figure, Figures, Plot, RunResult, Runs, variant
from gateway_sim.scenarios.report.pictures.gpus import ended_h, use_over_time


def draw(runs: Runs) -> Figures:
    """Draw both clusters, variant by variant: their GPUs by namespace, and below the hourly runs."""
    for cluster in CLUSTERS:
        until_h = max(ended_h(run, cluster) for run in runs)
        for run in runs:
            name = variant(run)
            yield Figure(
                f"{name}: the GPUs of the {cluster} cluster by the namespace of the runs that hold them.",
                use_over_time(run, cluster, PARTS, until_h=until_h),
            )
            yield Figure(
                f"{name}: the hourly runs of the {cluster} cluster from their request to their end; red is past the "
                "hour.",
                _hours(run, cluster, until_h),
            )


def _hours(run: RunResult, cluster: str, until_h: float) -> str:
    hourly = list(due(run.trace, cluster))
    plot = Plot((0.0, until_h), x_label="hours", lanes=[one.work for one in hourly], lane_height=16)
    for lane, one in enumerate(hourly):
        bar = partial(plot.bar, low=lane + 0.15, high=lane + 0.85, hint=f"{one.work}: {one.latency_s / 3600:.2f} h")
        bar(one.asked_s / 3600, min(one.by_s, one.ended_s) / 3600, ink=INK["green"])
        if one.missed:
            bar(one.by_s / 3600, min(one.ended_s / 3600, until_h), ink=INK["red"])
    return plot.svg()


def _held_by(namespace: str) -> Callable[[Stretch], float]:
    """Return a count of the GPUs that a namespace's runs hold; these are named after it."""

    def count(stretch: Stretch) -> float:
        return float(sum(gpus for work, (_, gpus) in stretch.running.items() if work.startswith(namespace)))

    return count


PARTS = (
    ("hourly", INK["blue"], _held_by("hourly")),
    ("backfill", INK["orange"], _held_by("backfill")),
    ("free", INK["pale"], lambda stretch: float(stretch.free)),
)
