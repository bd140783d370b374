"""Tables in docstrings, read so that a test can hold each of their rows to the code."""

import inspect
from typing import Any


def rows(documented: Any) -> list[tuple[str, ...]]:
    """Return the rows of the Markdown table in a docstring, without its head.

    A line whose first cell is empty continues the row above it. Raises ValueError where there is no table.
    """
    lines = (inspect.getdoc(documented) or "").splitlines()
    table = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if line.startswith("|")]
    if len(table) < 3 or set("".join(table[1])) != {"-"}:
        raise ValueError(f"the docstring of {documented} has no table")
    found: list[tuple[str, ...]] = []
    for cells in table[2:]:
        if cells[0]:
            found.append(tuple(cells))
        else:
            found[-1] = tuple(f"{above} {cell}".strip() for above, cell in zip(found[-1], cells, strict=True))
    return found
