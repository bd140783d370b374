"""Tables of names for pages, from the docstrings: a page says where, by two marks, and the rest is filled in.

<!-- names: gateways -->
<!-- end -->
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scenarios.sim.errors import check

MARKED = re.compile(r"(<!-- names: (?P<shelf>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, shelves: Mapping[str, Sequence[Mapping[str, str]]]) -> str:
    """Return the page with the table between each pair of marks made anew. Raises `UnknownWord` for a wrong shelf."""

    def table(found: re.Match[str]) -> str:
        shelf = check("list of names", found["shelf"], shelves)
        rows = [f"| `{entry['name']}` | {entry['summary'].replace('|', '&#124;')} |\n" for entry in shelves[shelf]]
        return f"{found[1]}| name | |\n| --- | --- |\n{''.join(rows)}{found[3]}"

    return MARKED.sub(table, page)
