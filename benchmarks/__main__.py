"""Measure every row, or those that are named, and write docs/performance.json and its page."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from benchmarks import rows
from benchmarks.measuring import ROOT, machine
from benchmarks.pages import page

ORDER = ("data_path", "pod_step", "pod_step_cuda", "races", "many_worlds", "ten_thousand_worlds", "command_line")
"""Rows that others wait for come first on the page; any other row follows by name."""


def names() -> list[str]:
    """Return every row, in the order of the page."""
    found = sorted(module.name for module in pkgutil.iter_modules(rows.__path__))
    return sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))


def usual() -> list[str]:
    """Return the rows that are measured when none is named: those that take minutes wait until they are."""
    return [n for n in names() if not getattr(importlib.import_module(f"benchmarks.rows.{n}"), "ONLY_IF_NAMED", False)]


def measured(name: str, quick: bool) -> dict[str, Any]:
    """Measure a row; return what came of it, when, for how long, and on what machine."""
    print(f"measuring {name}", file=sys.stderr, flush=True)
    began, at = time.perf_counter(), time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    told = importlib.import_module(f"benchmarks.rows.{name}").measure(quick)
    return {"at": at, "took_s": round(time.perf_counter() - began, 1), "machine": machine(), "measured": told}


def main() -> None:
    """Measure, and write what was; with --quick measure little, to see that it works, and write nothing."""
    words = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    words.add_argument("row", nargs="*", choices=[*names(), []], help="a row; all but the longest if none is named")
    words.add_argument("--quick", action="store_true", help="measure little and print it; no file is written")
    words.add_argument("--json", action="store_true", help="print the document instead of the page")
    words.add_argument("--page", action="store_true", help="measure nothing; write the page from what is known")
    words.add_argument("--into", type=Path, default=ROOT, help="the folder of docs/performance.*")
    asked = words.parse_args()
    kept = asked.into / "docs" / "performance.json"
    known = json.loads(kept.read_text()) if kept.exists() and not asked.quick else {}
    document = {name: known[name] for name in names() if name in known}
    if asked.page:
        write(asked.into, document)
    failed = []
    for name in () if asked.page else asked.row or usual():
        try:
            known[name] = measured(name, asked.quick)
        except Exception:
            # what was known of this row stays, and the others are measured nevertheless
            traceback.print_exc()
            failed.append(name)
            continue
        document = {name: known[name] for name in names() if name in known}
        if not asked.quick:
            # row by row, so that whoever is stopped keeps what was measured by then
            write(asked.into, document)
    print(json.dumps(document) if asked.json else page(document))
    if failed:
        sys.exit(f"could not be measured, see above: {', '.join(failed)}")


def write(into: Path, document: dict[str, Any]) -> None:
    """Write what is known as JSON and as a page."""
    docs = into / "docs"
    (docs / "performance.json").write_text(json.dumps(document, indent=1) + "\n")
    (docs / "performance.md").write_text(page(document))
    print(f"written: {docs / 'performance.json'} and {docs / 'performance.md'}", file=sys.stderr)


if __name__ == "__main__":
    main()
