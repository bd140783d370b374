"""Measure every row, or those that are named, and write docs/performance.json and its page."""

import argparse
import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT, machine, modules
from benchmarks.pages import page

ORDER = (
    "data_path", "pod_step", "pod_step_cuda", "sampling", "races", "many_worlds", "ten_thousand_worlds", "command_line",
)  # fmt: skip
"""The first rows of the page; any other row follows by name."""


def names() -> list[str]:
    """Return every row, in the order of the page."""
    return sorted(modules("rows"), key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))


def usual() -> list[str]:
    """Return the rows that are measured when none is named: all but those that take minutes."""
    rows = modules("rows")
    return [name for name in names() if not getattr(rows[name], "ONLY_IF_NAMED", False)]


def measured(name: str, quick: bool) -> dict[str, Any]:
    """Measure a row; return its document, when it was measured, for how long, and on which machine."""
    print(f"measuring {name}", file=sys.stderr, flush=True)
    began, at = time.perf_counter(), time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    told = modules("rows")[name].measure(quick)
    return {"at": at, "took_s": round(time.perf_counter() - began, 1), "machine": machine(), "measured": told}


def main() -> None:
    """Measure, and write the page; with --quick measure little, to see that it works, and write nothing."""
    words = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    words.add_argument("row", nargs="*", choices=[*names(), []], help="a row; all but the longest if none is named")
    words.add_argument("--quick", action="store_true", help="measure little and print it; no file is written")
    words.add_argument("--json", action="store_true", help="print the document instead of the page")
    words.add_argument("--page", action="store_true", help="measure nothing; write the page from known figures")
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
            # the earlier figures of this row stay, and the other rows are still measured
            traceback.print_exc()
            failed.append(name)
            continue
        document = {name: known[name] for name in names() if name in known}
        if not asked.quick:
            # row by row: a run that is stopped keeps the rows measured by then
            write(asked.into, document)
    print(json.dumps(document) if asked.json else page(document))
    if failed:
        sys.exit(f"could not be measured, see above: {', '.join(failed)}")


def write(into: Path, document: dict[str, Any]) -> None:
    """Write the document as JSON and as a page."""
    docs = into / "docs"
    (docs / "performance.json").write_text(json.dumps(document, indent=1) + "\n")
    (docs / "performance.md").write_text(page(document))
    print(f"written: {docs / 'performance.json'} and {docs / 'performance.md'}", file=sys.stderr)


if __name__ == "__main__":
    main()
