"""NDCG by hour of the next day, and when which hours were there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scenarios.orchestration.workloads.model_events import ModelJudged
from scenarios.orchestration.workloads.ranking import EVENING, HOURS
from scenarios.report.pictures import INK, VARIANT_INK, Figure
from scenarios.report.pictures.plot import Plot, Point
from scenarios.run.result import RunResult


def draw(runs: Sequence[RunResult]) -> Iterator[Figure]:
    """Draw the quality of each variant's ranker hour by hour, beside what its offline judgement said."""
    yield Figure(
        "NDCG@10 on the next day by hour. What training did not see, the evening, it does not know. Dashed is "
        "what the offline judgement said of each model: it is best where the evening is missing.",
        by_hour(runs),
    )


def by_hour(runs: Sequence[RunResult]) -> str:
    """Return the plot: a line for each variant's NDCG, and a dashed one for its offline judgement."""
    judged = {run.settings["variant"]: next(run.trace.of(ModelJudged)).event for run in runs}
    lowest = min(min(event.quality) for event in judged.values())
    plot = Plot((0.0, float(HOURS)), (lowest - 0.05, 1.0), x_label="hour", y_label="NDCG@10", height=300)
    plot.bar(EVENING, HOURS, lowest - 0.05, 1.0, INK["pale"], hint="evening")
    drawn: list[tuple[float, ...]] = []
    for variant, event in judged.items():
        # two variants that trained on the same rows have one line between them; the later one lies a little lower
        shift = -0.004 * drawn.count(event.quality)
        drawn.append(event.quality)
        plot.line(_steps(event.quality, shift), VARIANT_INK[variant], label=variant)
        offline = event.offline_quality + shift
        plot.line([(0.0, offline), (float(HOURS), offline)], VARIANT_INK[variant], dashed=True)
    return plot.svg()


def _steps(quality: Sequence[float], shift: float) -> list[Point]:
    return [(float(x), y + shift) for hour, y in enumerate(quality) for x in (hour, hour + 1)]
