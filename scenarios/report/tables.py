"""The tables of runs: one run, several seeds, a verification, and the table of PR 348."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from gateway_sim.scenarios.compare.recommendation import in_tables
from gateway_sim.scenarios.compare.warm_up_costs import COLUMNS, Row
from gateway_sim.scenarios.judge.anomalies import sightings
from gateway_sim.scenarios.judge.verdict import Verdict
from gateway_sim.scenarios.report.anomaly_tables import anomaly_lines, anomaly_totals
from gateway_sim.scenarios.report.table import STYLES, Cell, Table, Tone
from gateway_sim.scenarios.run.result import RaceResult, RunResult

TONES: dict[Verdict, Tone] = {"kept": "good", "broken": "bad", "not_exercised": "held"}
MARKS: dict[Verdict, str] = {"kept": "✓", "broken": "✗", "not_exercised": "?"}
LEGEND = "✓ every promise kept  ✗ a promise broken  ? not exercised  ! not as expected"
MOST_VIOLATIONS = 12


def least_expected(runs: Sequence[RunResult], text: str) -> Cell:
    """Return a cell for several seeds of one pair: the verdict of the least expected run, marked if unexpected."""
    worst = least(runs)
    mark = "" if worst.as_expected else " !"
    return Cell(f"{MARKS[worst.verdict]} {text}{mark}", TONES[worst.verdict], strong=bool(mark))


def least(runs: Sequence[RunResult]) -> RunResult:
    """Return the first unexpected run, or the first of all."""
    return next((run for run in runs if not run.as_expected), runs[0])


def run_card(run: RunResult) -> RenderableType:
    """Return one run: verdict, reasons, figures, and the command that replays it."""
    expected = f", expected {run.expected}" if run.expected else ""
    if run.expected == "either":
        expected = ", as the seed decides"
    verdict = (run.verdict.replace("_", " "), f"bold {STYLES[TONES[run.verdict]]}")
    lines = [Text.assemble(verdict, f"{expected}: {run.outcome}")]
    if run.error:
        leg = f" on the {run.error.leg} leg" if run.error.leg else ""
        lines.append(Text(f"the user's script died of {run.error.type}{leg}: {run.error.message}"))
    if run.remark:
        lines.append(Text(run.remark))
    lines += [Text(f"  at {v.at_s:9.3f} s  {v.words}: {v.message}") for v in run.violations[:MOST_VIOLATIONS]]
    if len(run.violations) > MOST_VIOLATIONS:
        lines.append(Text(f"  ... and {len(run.violations) - MOST_VIOLATIONS} more"))
    lines += anomaly_lines(sightings(run.trace))
    figures = [(name, _shown(value)) for name, value in run.figures().items()]
    figures.append(("digest", run.digest or "- (a live run is not repeatable to the microsecond)"))
    return Group(*lines, Table(["", ""], figures), Text(run.replay, style="dim", overflow="ignore", no_wrap=True))


def _shown(value: object) -> str:
    return "-" if value is None else value if isinstance(value, str) else f"{value:g}"


def seeds_table(runs: Sequence[RunResult]) -> RenderableType:
    """Return a row for each seed, and the shares."""
    rows = [
        (
            str(run.seed),
            Cell(run.verdict, TONES[run.verdict]),
            run.outcome,
            f"{run.error.type} on {run.error.leg}" if run.error else "",
            f"{run.metrics.finished_s:.2f} s",
        )
        for run in runs
    ]
    finished = sum(run.outcome == "completed" for run in runs)
    kept = sum(run.verdict == "kept" for run in runs)
    shares = Text(f"{finished} of {len(runs)} finished, {kept} of {len(runs)} kept every promise")
    totals = anomaly_totals((run.seed, sightings(run.trace)) for run in runs)
    return Group(Table(["seed", "verdict", "outcome", "error", "ended at"], rows), shares, *totals)


def verify_table(runs: Sequence[RaceResult]) -> RenderableType:
    """Return the races under every pair, with the legend of the marks."""
    legend = [Text(line, "dim") for line in (LEGEND, *runs_of_a_cell(runs), *tuned_gateways(runs))]
    return Group(pairs_table(runs), *legend, Text())


def runs_of_a_cell(runs: Sequence[RaceResult]) -> list[str]:
    """Return the legend of cells that stand for several runs: the seeds, and the balancers where they agree."""
    most = max(Counter((run.race, in_tables(run), run.client) for run in runs).values(), default=1)
    return [f"each cell is the worst of up to {most} runs: one that is not as expected, if any is"] if most > 1 else []


def pairs_table(runs: Sequence[RaceResult]) -> Table:
    """Return a row for each gateway of each race, a column for each client; balancers have rows where they differ.

    A cell has the verdict and the outcome of the least expected seed.
    """
    clients = list(dict.fromkeys(run.client for run in runs))
    rows: list[Sequence[Cell | str]] = []
    for race, of_race in groupby(runs, key=lambda run: run.race):
        rows.append([Cell(race, strong=True), *("" for _ in clients)])
        for gateway, of_gateway in groupby(of_race, key=in_tables):
            rows += _rows(gateway, list(of_gateway), clients)
    return Table(["race, and gateway", *clients], rows, "every race under every pair")


def tuned_gateways(runs: Sequence[RaceResult]) -> list[str]:
    """Return the settings behind each gateway name with a plus sign."""
    tuned = {in_tables(run): run.settings for run in runs if run.settings}
    return [
        f"{label} is {label.rstrip('+')} {' '.join(f'--set {k}={v}' for k, v in settings.items())}"
        for label, settings in tuned.items()
    ]


def comparison_table(rows: Iterable[Row]) -> RenderableType:
    """Return the table of PR 348 for a terminal, one question after the other."""
    return pr_table(rows).titled("the PR's own table, measured by this run (per-connection balancing)").records()


def pr_table(rows: Iterable[Row]) -> Table:
    """Return the table of PR 348: the PR's claim, whether it holds, and the measurements."""
    head = ["", "PR 348 says of #348", *(title for title, *_ in COLUMNS)]
    return Table(head, [(row.question, _claim(row), *row.cells) for row in rows])


def _claim(row: Row) -> Cell:
    if row.holds is None:
        return Cell(row.claim, note=row.why)
    if row.holds:
        return Cell(f"{row.claim}: holds", "good")
    return Cell(f"{row.claim}: DOES NOT HOLD", "bad", strong=True, note=row.why)


def surprise(run: RunResult) -> str:
    """Return a run's verdict, the expected one, and the reason."""
    reason = run.violations[0].message if run.violations else "every promise was kept"
    return f"{run.race}: {run.verdict}, expected {run.expected}: {reason}"


def _rows(gateway: str, runs: Sequence[RaceResult], clients: Sequence[str]) -> list[list[Cell | str]]:
    """Return one row if all balancers agree, otherwise one for each balancer."""
    by_balance = {
        balance: [_cell([r for r in runs if (r.client, r.balance) == (client, balance)]) for client in clients]
        for balance in dict.fromkeys(run.balance for run in runs)
    }
    if len(set(map(tuple, by_balance.values()))) == 1:
        return [[f"  {gateway}", *next(iter(by_balance.values()))]]
    split: list[list[Cell | str]] = [[f"    {balance}", *row] for balance, row in by_balance.items()]
    return [[f"  {gateway}", *[""] * len(clients)], *split]


def _cell(runs: Sequence[RaceResult]) -> Cell:
    return least_expected(runs, least(runs).outcome.replace("_", " ")) if runs else Cell("-", "soft")
