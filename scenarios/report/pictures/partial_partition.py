"""NDCG by hour of the next day, and the offline score."""

from gateway_sim.scenarios.orchestration.workloads.model_events import ModelJudged
from gateway_sim.scenarios.orchestration.workloads.ranking import EVENING, HOURS
from gateway_sim.scenarios.report.pictures import (
    INK,
    VARIANT_INK,
    VARIANT_WIDTH,
    Figure,
    Figures,
    Plot,
    Runs,
    variant,
    variant_line,
)


def draw(runs: Runs) -> Figures:
    """Draw the quality of each variant's ranker by hour, and its offline score."""
    yield Figure(
        "NDCG@10 on the next day by hour. A model trained without the evening ranks it badly. The dashed line is "
        "each model's offline score: it is best where the evening is missing.",
        by_hour(runs),
    )


def by_hour(runs: Runs) -> str:
    """Return the plot: a line for each variant's NDCG, and a dashed line for its offline score."""
    judged = {variant(run): next(run.trace.of(ModelJudged)).event for run in runs}
    lowest = min(min(event.quality) for event in judged.values())
    plot = Plot((0.0, float(HOURS)), (lowest - 0.05, 1.0), x_label="hour", y_label="NDCG@10", height=300)
    plot.bar(EVENING, HOURS, lowest - 0.05, 1.0, INK["pale"], hint="evening")
    for run in runs:
        event = judged[variant(run)]
        hours = [(float(x), y) for hour, y in enumerate(event.quality) for x in (hour, hour + 1)]
        variant_line(plot, run, hours)
        plot.level(event.offline_quality, VARIANT_INK[variant(run)], width=VARIANT_WIDTH[variant(run)])
    return plot.svg()
