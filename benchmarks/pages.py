"""The figures as a page: docs/performance.md, made from docs/performance.json alone."""

from collections.abc import Iterator
from typing import Any

from benchmarks.measuring import NOT_MEASURED, Budget, modules, table

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
    rows = modules("rows")
    for name, one in document.items():
        row = rows[name]
        title, _, how = (row.__doc__ or name).strip().partition("\n")
        told += ["", f"## {title}", "", " ".join(how.split()), "", *row.lines(one["measured"]), ""]
        told += [f"*{_measured_on(one)}; load {one['machine']['load']:g}.* `python -m benchmarks {name}`"]
    return "\n".join(told) + "\n"


def budgets(document: dict[str, Any]) -> Iterator[Budget]:
    """Yield every budget of the rows that were measured."""
    rows = modules("rows")
    for name, one in document.items():
        of_row = getattr(rows[name], "budgets", None)
        if of_row is not None:
            yield from of_row(one["measured"])


def _row(one: Budget) -> tuple[object, ...]:
    limit = f"{'at most' if one.at_most else 'at least'} {one.budget:g}"
    return one.what, limit, NOT_MEASURED if one.measured is None else one.measured, one.word


def _measured_on(one: dict[str, Any]) -> str:
    on = one["machine"]
    device = f", {on['device']}" if on["device"] else ""
    where = f"{on['cores']} cores of {on['processor']}{device}, Python {on['python']}, torch {on['torch']}"
    return f"{one['at']}, {one['took_s']:g} s; {where}"
