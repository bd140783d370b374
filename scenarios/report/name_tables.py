"""Tables of names in a page, from the docstrings: a page names a list between two marks, and the table is filled in.

<!-- names: gateways -->
<!-- end -->
"""

import re
from collections.abc import Mapping, Sequence

from scenarios.report.table import Table
from scenarios.sim.errors import check

MARKED = re.compile(r"(<!-- names: (?P<shelf>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, shelves: Mapping[str, Sequence[Mapping[str, str]]]) -> str:
    """Return the page with a new table between each pair of marks. Raises `UnknownWord` for an unknown list."""

    def table(found: re.Match[str]) -> str:
        shelf = check("list of names", found["shelf"], shelves)
        rows = [(f"`{entry['name']}`", entry["summary"]) for entry in shelves[shelf]]
        return f"{found[1]}{Table(['name', ''], rows).markdown()}\n{found[3]}"

    return MARKED.sub(table, page)
