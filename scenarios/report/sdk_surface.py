"""Which public methods of the real SDKs work, for a terminal and as a page."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from gateway_sim.scenarios.compare.surface import Called, Outcome
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.table import Cell, Table

ABSENT = "-"
TWIN = "_async"


def refusals_of(found: Sequence[Called]) -> list[str]:
    """Return the words of all refusals, each once, in the order of the tables, which name them by their number."""
    return list(dict.fromkeys(_told(called) for called in found if called.outcome != "works"))


def surface_tables(found: Sequence[Called]) -> list[Table]:
    """Return a table for each class: a row for each method, a column for each SDK.

    A method and its `_async` twin share a row if they end alike.
    """
    sdks = list(dict.fromkeys(called.sdk for called in found))
    numbers = {words: number for number, words in enumerate(refusals_of(found), 1)}
    cells = {(called.of, called.method, called.sdk): _cell(called, numbers) for called in found}
    tables = []
    for of in dict.fromkeys(called.of for called in found):
        having = [sdk for sdk in sdks if any(key[0] == of and key[2] == sdk for key in cells)]
        methods = sorted({method for kind, method, _ in cells if kind == of})
        ends = {method: tuple(cells.get((of, method, sdk), ABSENT) for sdk in having) for method in methods}
        twins = {method for method in methods if ends.get(method.removesuffix(TWIN)) == ends[method]}
        rows = [
            [f"{method}, {method}{TWIN}" if f"{method}{TWIN}" in twins else method, *ends[method]]
            for method in methods
            if method not in twins or not method.endswith(TWIN)
        ]
        tables.append(Table([of, *having], [[Cell(cell) for cell in row] for row in rows], of, words=1))
    return tables


def _cell(called: Called, numbers: dict[str, int]) -> str:
    return "works" if called.outcome == "works" else f"{called.outcome} ({numbers[_told(called)]})"


def _told(called: Called) -> str:
    status = "" if called.status is None else f"{called.status}: "
    return f"{status}{called.words}{'; the SDK only logs it' if called.swallowed else ''}"


def counts(found: Sequence[Called]) -> Table:
    """Return how many methods of each SDK end how."""
    by_sdk = {
        sdk: Counter(one.outcome for one in found if one.sdk == sdk) for sdk in dict.fromkeys(c.sdk for c in found)
    }
    head: tuple[Outcome, ...] = ("works", "refused", "not by this SDK", "obscure")
    return Table(["SDK", *head], [[sdk, *(str(told[name]) for name in head)] for sdk, told in by_sdk.items()])


def surface_terminal(found: Sequence[Called]) -> RenderableType:
    """Return the counts, and each method that does not work, with the words of its refusal."""
    lines = [
        Text(f"{called.sdk} {called.of}.{called.method}: {called.outcome}: {_told(called)}")
        for called in found
        if called.outcome != "works"
    ]
    return Group(*lines, counts(found))


def surface_markdown(command: str, found: Sequence[Called]) -> str:
    """Return the page: the counts, a table for each class, and the words of the refusals."""
    return render(
        "sdk_surface.md",
        command=command,
        counts=counts(found),
        tables=surface_tables(found),
        refusals=refusals_of(found),
    )
