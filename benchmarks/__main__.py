"""Measure every row, or those that are named, and write docs/performance.json and docs/performance.md."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import rows
from benchmarks.measuring import ROOT, machine

ORDER = ("data_path", "pod_step", "races", "many_worlds", "command_line")
"""Rows that others wait for come first on the page; any other row follows by name."""


def names() -> list[str]:
    """Return every row, in the order of the page."""
    found = sorted(module.name for module in pkgutil.iter_modules(rows.__path__))
    return sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))


def measured(wanted: list[str], quick: bool, before: dict[str, Any]) -> dict[str, Any]:
    """Return the document: what was measured now, and, of rows that were not, what was measured before."""
    document: dict[str, Any] = {}
    for name in names():
        if name not in wanted:
            if name in before:
                document[name] = before[name]
            continue
        print(f"measuring {name}", file=sys.stderr, flush=True)
        began, at = time.perf_counter(), time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        told = importlib.import_module(f"benchmarks.rows.{name}").measure(quick)
        on = machine()
        document[name] = {"at": at, "took_s": round(time.perf_counter() - began, 1), "machine": on, "measured": told}
    return document


def page(document: dict[str, Any]) -> str:
    """Return the document as a Markdown page."""
    told = [
        "# What it costs",
        "",
        "Written by `make bench`, which measures all of it again. What is compared was measured in turn, and ratios "
        "are medians of ratios within a round. Absolute figures are this machine's.",
    ]
    for name, one in document.items():
        row = importlib.import_module(f"benchmarks.rows.{name}")
        title, _, how = (row.__doc__ or name).strip().partition("\n")
        on = one["machine"]
        device = f", {on['device']}" if on["device"] else ""
        where = f"{on['cores']} cores of {on['processor']}{device}, Python {on['python']}, torch {on['torch']}"
        told += ["", f"## {title}", "", " ".join(how.split()), "", *row.lines(one["measured"]), ""]
        told += [f"*{one['at']}, {one['took_s']:g} s; {where}; load {on['load']:g}.* `python -m benchmarks {name}`"]
    return "\n".join(told) + "\n"


def main() -> None:
    """Measure, and write both files; with --quick measure little, to see that it works, and write nothing."""
    words = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    words.add_argument("row", nargs="*", choices=[*names(), []], help="a row; all if none is named")
    words.add_argument("--quick", action="store_true", help="measure little and print it; no file is written")
    words.add_argument("--json", action="store_true", help="print the document instead of the page")
    words.add_argument("--into", type=Path, default=ROOT / "docs", help="the folder of both files")
    asked = words.parse_args()
    kept = asked.into / "performance.json"
    before = json.loads(kept.read_text()) if kept.exists() and asked.row and not asked.quick else {}
    document = measured(asked.row or names(), asked.quick, before)
    if not asked.quick:
        kept.write_text(json.dumps(document, indent=1) + "\n")
        (asked.into / "performance.md").write_text(page(document))
        print(f"written: {kept} and {kept.with_suffix('.md')}", file=sys.stderr)
    print(json.dumps(document) if asked.json else page(document))


if __name__ == "__main__":
    main()
