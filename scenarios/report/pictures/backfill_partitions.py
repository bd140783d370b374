"""The rows of each city in the table, and their effect on the losses."""

from gateway_sim.scenarios.orchestration.workloads.model_events import ModelCompared, TableCounted
from gateway_sim.scenarios.report.pictures import INK, Figure, Figures, Plot, Runs, variant

ROWS = {"none": INK["red"], "some": INK["orange"], "each once": INK["green"], "twice": INK["purple"]}
LOSSES = {"training": INK["sky"], "validation": INK["blue"]}


def draw(runs: Runs) -> Figures:
    """Draw the heat map of rows by city, and the losses of training and validation side by side."""
    yield Figure("Rows of each city in the table, by how often each is there.", _heat_map(runs))
    yield Figure(
        "Loss on the model's own rows and on rows held out from every table; the lines are those of the true rows. "
        "Lost cities part the two, doubled rows hardly do.",
        _losses(runs),
    )


def _heat_map(runs: Runs) -> str:
    counted = [next(run.trace.of(TableCounted)).event for run in runs]
    cities = max(len(event.wanted) for event in counted)
    plot = Plot((0.0, float(cities)), x_label="city", lanes=[*map(variant, runs)], lane_height=40)
    for lane, event in enumerate(counted):
        for city, (rows, distinct, wanted) in enumerate(zip(event.rows, event.distinct, event.wanted, strict=True)):
            there = "each once" if distinct >= wanted else "some" if distinct else "none"
            hint = f"city {city}: {rows} rows, {distinct} of {wanted} different ones"
            ink = ROWS["twice" if rows > distinct else there]
            plot.bar(city + 0.03, city + 0.97, lane + 0.08, lane + 0.92, ink, hint=hint)
    plot.legend(ROWS)
    return plot.svg()


def _losses(runs: Runs) -> str:
    compared = [next(run.trace.of(ModelCompared)).event for run in runs]
    most = 1.1 * max(max(*event.loss, *event.reference_loss) for event in compared)
    plot = Plot((0.0, most), x_label="loss", lanes=[*map(variant, runs)], lane_height=50)
    for lane, (run, event) in enumerate(zip(runs, compared, strict=True)):
        for place, (name, ink) in enumerate(LOSSES.items()):
            top, bottom = lane + 0.1 + 0.4 * place, lane + 0.5 + 0.4 * place
            hint = f"{variant(run)}, {name}: {event.loss[place]:.3f}"
            plot.bar(0.0, event.loss[place], top, bottom, ink, hint=hint)
            true = event.reference_loss[place]
            plot.line([(true, top), (true, bottom)], INK["green"])
    plot.legend({**LOSSES, "of the true rows": INK["green"]})
    return plot.svg()
