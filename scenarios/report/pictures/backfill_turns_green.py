"""The arrival of today's hours, the backfill of yesterday, and when each gate allowed training."""

from gateway_sim.control_plane.events import DatasetWritten, GateDecided
from gateway_sim.scenarios.report.pictures import INK, VARIANT_INK, Figure, Figures, Plot, Point, Runs, variant
from gateway_sim.scenarios.report.pictures.partial_partition import by_hour


def draw(runs: Runs) -> Figures:
    """Draw the night with every variant's gate, and the quality of each model."""
    yield Figure(
        "Rows of today in the table as they land. The red mark is the backfill of yesterday; each row of dots is a "
        "variant's gate: grey dots said no, the last one yes.",
        _night(runs),
    )
    yield Figure("NDCG@10 on the next day by hour; the dashed line is each model's offline score.", by_hour(runs))


def _night(runs: Runs) -> str:
    written = [(entry.at_s / 3600, entry.event) for entry in runs[-1].trace.of(DatasetWritten)]
    points: list[Point] = [(0.0, 0.0)]
    # the first write is yesterday's own
    for at_h, event in written[1:]:
        if not event.part:
            points += [(at_h, points[-1][1]), (at_h, points[-1][1] + event.rows)]
    top, ended_h = points[-1][1] * 1.05, points[-1][0] + 3.5
    plot = Plot((0.0, ended_h), (0.0, top), x_label="hours", y_label="rows of today", height=280)
    plot.line([*points, (ended_h, points[-1][1])], INK["blue"], label="rows of today")
    for at_h, event in written:
        if event.part:
            plot.upright(at_h, INK["red"], label="backfill of yesterday", dashed=True)
    for n, run in enumerate(runs):
        name, ink, height = variant(run), VARIANT_INK[variant(run)], top * (0.15 + 0.12 * n)
        for entry in run.trace.of(GateDecided):
            said = ink if entry.event.passed else INK["grey"]
            plot.dot(entry.at_s / 3600, height, said, hint=f"{name}: {entry.event.reason}")
        passed_h = next(entry.at_s for entry in run.trace.of(GateDecided) if entry.event.passed) / 3600
        plot.note(passed_h + 0.4, height, f"{name} trains", ink=ink)
    return plot.svg()
