"""What was measured, as pages: docs/performance.md whole, and the budgets alone between the marks of README.md.

Both are made of docs/performance.json and of nothing else, so that they cannot say two things.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

from benchmarks.measuring import NOT_MEASURED, Budget, table

MARKED = re.compile(r"(<!-- budgets -->\n).*?(<!-- end -->)", re.DOTALL)
HEAD = ("what", "budget", "measured", "")


def page(document: dict[str, Any]) -> str:
    """Return the document as a Markdown page: the budgets, then each row as it was measured."""
    told = [
        "# What it costs",
        "",
        "Written by `make bench`, which measures all of it again but what only runs when it is named. What is compared "
        "was measured in turn, and ratios are medians of ratios within a round. Absolute figures are this machine's.",
        "",
        "## The budgets",
        "",
        *table(HEAD, map(_row, budgets(document))),
    ]
    for name, one in document.items():
        row = importlib.import_module(f"benchmarks.rows.{name}")
        title, _, how = (row.__doc__ or name).strip().partition("\n")
        told += ["", f"## {title}", "", " ".join(how.split()), "", *row.lines(one["measured"]), ""]
        told += [f"*{_measured_on(one)}; load {one['machine']['load']:g}.* `python -m benchmarks {name}`"]
    return "\n".join(told) + "\n"


def filled(readme: str, document: dict[str, Any]) -> str:
    """Return a page with the budgets between its marks made anew; of one over several loads, that of the worst."""
    loads = [one["machine"]["load"] for one in document.values()]
    when = sorted(one["at"][:10] for one in document.values())
    busy = f"load {min(loads):g}" if min(loads) == max(loads) else f"load {min(loads):g} to {max(loads):g}"
    said = f"Measured {when[0] if when[0] == when[-1] else f'{when[0]} to {when[-1]}'}, at {busy}."
    told = "\n".join([*table(HEAD, map(_row, worst(budgets(document)))), "", said])
    return MARKED.sub(lambda found: f"{found[1]}{told}\n{found[2]}", readme)


def budgets(document: dict[str, Any]) -> Iterator[Budget]:
    """Yield every budget of the rows that were measured."""
    for name, one in document.items():
        of_row = getattr(importlib.import_module(f"benchmarks.rows.{name}"), "budgets", None)
        if of_row is not None:
            yield from of_row(one["measured"])


def worst(found: Iterable[Budget]) -> list[Budget]:
    """Return one budget of each thing: that of the load at which least of it is left."""
    least: dict[str, Budget] = {}
    for one in found:
        known = least.setdefault(one.of or one.what, one)
        if one.share < known.share:
            least[one.of or one.what] = one
    return list(least.values())


def _row(one: Budget) -> tuple[object, ...]:
    limit = f"{'at most' if one.at_most else 'at least'} {one.budget:g}"
    return one.what, limit, NOT_MEASURED if one.measured is None else one.measured, one.word


def _measured_on(one: dict[str, Any]) -> str:
    on = one["machine"]
    device = f", {on['device']}" if on["device"] else ""
    where = f"{on['cores']} cores of {on['processor']}{device}, Python {on['python']}, torch {on['torch']}"
    return f"{one['at']}, {one['took_s']:g} s; {where}"
