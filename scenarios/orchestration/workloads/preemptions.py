"""The seconds at which a job is preempted: drawn, or those of a trace.

A trace is a CSV or Parquet file of which one column has the times, in seconds or as dates.
"""

import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from gateway_sim.scenarios.orchestration.fleets.rows import A_DATE, Column, Columns, Row, moment_s, rows
from gateway_sim.scenarios.sim.errors import SettingsRefused, UsageError

VALUE: Final = "a preemption"
COLUMNS: Final[Columns] = {
    VALUE: [Column(name) for name in ("preempted_s", "preempted_at", "at_s", "time", "timestamp", "deletion_time")]
}


def drawn(first_s: float, mtbf_s: float, chance: random.Random) -> Iterator[float]:
    """Yield `first_s`, and then seconds at exponential intervals of `mtbf_s` on average."""
    while True:
        yield first_s
        first_s += chance.expovariate(1 / mtbf_s)


def read(file: Path, begins: str) -> list[float]:
    """Return the seconds of a trace's preemptions in the time of a job that begins at `begins`, in ascending order.

    `begins` is a second of the trace or a date; "" is second 0, and then the trace may have no dates. Raises
    `UsageError`.
    """
    began_s = _begin_s(begins)
    moments_s = []
    for row in rows(file, COLUMNS, [VALUE]):
        at_s = row.time_s(VALUE)
        if at_s is None:
            raise UsageError(f"{row.place}: it has no time")
        if not begins and _is_date(row):
            raise row.refused(VALUE, "is a date; set job_begins to the date at which the job begins")
        moments_s.append(at_s - began_s)
    return sorted(at_s for at_s in moments_s if at_s > 0)


def check(moments_s: Sequence[float], whole_s: float, step_s: float, most: int) -> None:
    """Refuse a trace under which a job of `whole_s` seconds may compute more than `most` steps of `step_s`.

    That is at most until the trace leaves it alone for as long as it takes. Raises `SettingsRefused`.
    """
    until_s = 0.0
    for at_s in moments_s:
        if at_s - until_s >= whole_s:
            break
        until_s = at_s
    steps = (until_s + whole_s) / step_s
    if steps > most:
        raise SettingsRefused(
            f"preemptions leaves the job alone for the {whole_s:g} s that it takes only after {until_s:g} s, in which "
            f"it may compute {steps:.3g} steps; it is played only up to {most}"
        )


def check_drawn(mean_s: float, step_s: float, mtbf_s: float, variant: str, most: int) -> None:
    """Refuse drawn preemptions under which a job that takes `mean_s` on average computes more than `most` steps.

    Raises `SettingsRefused`.
    """
    steps = mean_s / min(step_s, mtbf_s)
    if steps > most:
        raise SettingsRefused(
            f"mtbf_s is {mtbf_s:g}; preempted so often, the {variant} job would compute about {steps:.3g} steps; it is "
            f"played only up to {most}: raise mtbf_s, or lower what the job takes, by steps, step_s or save_s"
        )


def _begin_s(begins: str) -> float:
    try:
        begin_s = moment_s(begins or 0)
    except ValueError:
        raise SettingsRefused(f"job_begins is {begins!r}; it must be seconds or {A_DATE}") from None
    if not math.isfinite(begin_s):
        raise SettingsRefused(f"job_begins is {begins!r}; it must be a finite number of seconds")
    return begin_s


def _is_date(row: Row) -> bool:
    cell = row.cells[row.known[VALUE].name]
    try:
        float(cell)
    except (TypeError, ValueError):
        return True
    return False
