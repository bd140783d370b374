"""A sweep of settings as a table, a curve, a page and Markdown."""

from __future__ import annotations

from gateway_sim.scenarios.compare.setting_sweep import ENDED, Measured, Sweep
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.pictures import INK, Figure
from gateway_sim.scenarios.report.pictures.plot import Plot
from gateway_sim.scenarios.report.table import Cell, Table


def sweep_table(sweep: Sweep) -> Table:
    """Return a row for each combination of values; the best is marked, and what theory calls the best is named."""
    counted = sweep.rows[0].damage is not None
    closed = any(row.closed_form is not None for row in sweep.rows)
    head = [*sweep.names, "", f"broken of {sweep.seeds}", *(["damage"] if counted else []), sweep.cost]
    rows = []
    for row in sweep.rows:
        marks = ", ".join(word for word in ("best" if row.best else "", row.theory) if word)
        cells = [Cell(row.values[name], strong=row.best) for name in sweep.names]
        cells += [Cell(marks, "good" if row.best else "soft"), Cell(_share(row.broken))]
        cells += [Cell(_shown(row.damage))] if row.damage is not None else []
        cells.append(Cell(_shown(row.cost), strong=row.best))
        cells += [Cell("-" if row.closed_form is None else _written(row.closed_form, 5))] if closed else []
        rows.append(cells)
    words = [f"{name}={word}" for name, word in {**sweep.parts, **sweep.settings}.items()]
    played = " ".join([sweep.race, *words])
    return Table(
        [*head, *(["closed form"] if closed else [])],
        rows,
        f"{played}: {sweep.unit if counted else 'no damage is counted'}",
        words=len(sweep.names) + 1,
    )


def legend(sweep: Sweep) -> str:
    """Return what the numbers are."""
    ended = f" {ENDED} is the second at which a run ended." if sweep.cost == ENDED else ""
    means = f"Means over {sweep.seeds} seeds with their t intervals, shares with Wilson's, all 95 %."
    if sweep.seeds == 1:
        means = "One seed, so without intervals of the means; of the shares Wilson's, 95 %."
    best = f"The best value has the least damage, then the fewest broken runs, then the least {sweep.cost}."
    return f"{means} {best}{ended}"


def sweep_page(sweep: Sweep, replay: str) -> str:
    """Return one HTML file: the table, and the curve of a single number."""
    figures = curve(sweep)
    return render("sweep.html", sweep=sweep, table=sweep_table(sweep), legend=legend(sweep), pictures=figures,
                  replay=replay)  # fmt: skip


def sweep_markdown(sweep: Sweep, replay: str) -> str:
    """Return the table as a page for a repository."""
    table = sweep_table(sweep)
    return (
        f"# {table.caption}\n\n{table.markdown()}\n\n{sweep.sentence()}.\n\n{legend(sweep)}\n\n```sh\n{replay}\n```\n"
    )


def curve(sweep: Sweep) -> list[Figure]:
    """Return the cost over a single numeric setting, with intervals and the closed form; nothing for other settings."""
    if len(sweep.names) > 1 or len(sweep.rows) < 2:
        return []
    try:
        at = [float(row.values[sweep.names[0]]) for row in sweep.rows]
    except ValueError:
        return []
    top = max(max(row.cost.high, row.closed_form or 0.0) for row in sweep.rows) * 1.05 or 1.0
    wide = min(at) > 0 and max(at) / min(at) > 20
    plot = Plot((min(at), max(at)), (0.0, top), x_label=sweep.names[0], y_label=sweep.cost, height=280, log_x=wide)
    known = [(x, row.closed_form) for x, row in zip(at, sweep.rows, strict=True) if row.closed_form is not None]
    if known:
        plot.line(known, INK["blue"], label="closed form")
    for x, row in zip(at, sweep.rows, strict=True):
        ink = INK["green"] if row.best else INK["orange"]
        # the axis begins at 0, and no cost is below it
        plot.line([(x, max(row.cost.low, 0.0)), (x, row.cost.high)], ink)
        plot.dot(x, row.cost.mean, ink, hint=f"{x:g}: {_shown(row.cost)}")
        if row.theory:
            plot.upright(x, INK["grey"], label=row.theory, dashed=True)
    plot.legend({"measured": INK["orange"], "best": INK["green"]})
    return [
        Figure(f"`{sweep.cost}` for each `{sweep.names[0]}`: the mean over the seeds, with its interval.", plot.svg())
    ]


def _shown(measured: Measured | None) -> str:
    if measured is None:
        return "-"
    if measured.low == measured.high:
        return _written(measured.mean, 5)
    return f"{_written(measured.mean, 5)} ({_written(measured.low, 4)} to {_written(measured.high, 4)})"


def _written(number: float, digits: int) -> str:
    """Return a number with so many significant digits, and without a power of ten where it is large."""
    return f"{float(f'{number:.{digits}g}'):,.15g}"


def _share(measured: Measured) -> str:
    return f"{measured.mean:.0%} ({measured.low:.0%} to {measured.high:.0%})"
