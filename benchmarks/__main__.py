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


def measured(name: str, quick: bool) -> dict[str, Any]:
    """Measure a row; return what came of it, when, for how long, and on what machine."""
    print(f"measuring {name}", file=sys.stderr, flush=True)
    began, at = time.perf_counter(), time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    told = importlib.import_module(f"benchmarks.rows.{name}").measure(quick)
    return {"at": at, "took_s": round(time.perf_counter() - began, 1), "machine": machine(), "measured": told}


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
    known = json.loads(kept.read_text()) if kept.exists() and not asked.quick else {}
    for name in asked.row or names():
        known[name] = measured(name, asked.quick)
        document = {name: known[name] for name in names() if name in known}
        if not asked.quick:
            # row by row, so that whoever is stopped keeps what was measured by then
            kept.write_text(json.dumps(document, indent=1) + "\n")
            kept.with_suffix(".md").write_text(page(document))
            print(f"written: {kept} and {kept.with_suffix('.md')}", file=sys.stderr)
    print(json.dumps(document) if asked.json else page(document))


if __name__ == "__main__":
    main()
