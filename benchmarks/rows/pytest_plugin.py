"""The pytest plugin where it is not used

`pytest --collect-only` in a repository of ten tests that does not use the plugin. A process that has imported pytest
and every other plugin forks one process for each start, with the plugin and with `-p no:gateway_sim` in turn: what the
plugin adds is the median of the differences within a round. It is compared with a whole start of pytest without the
plugin. All times are the processor's.
"""

import json
import os
import resource
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measuring import Budget, child, in_turn, median, table, verdict, wall_s

OFF = ["-p", "no:gateway_sim"]
STARTS, ROUNDS = 5, 60
BUDGET_MS = 50.0
"""Milliseconds that it may add to pytest's start (docs/architecture.md §9)."""
TESTS = "import pytest\n\n\n@pytest.mark.parametrize('n', range(10))\ndef test_it(n): ...\n"


def measure(quick: bool) -> dict[str, Any]:
    """Return the seconds of a start of pytest without the plugin, and the milliseconds that the plugin adds."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_it.py").write_text(TESTS)
        (Path(folder) / "pytest.ini").write_text("[pytest]\n")
        words = ["--collect-only", "-q", "-c", f"{folder}/pytest.ini", folder]
        start_s = median(_cpu_s(["-m", "pytest", *words, *OFF]) for _ in range(1 if quick else STARTS))
        added_ms = child("benchmarks.rows.pytest_plugin", str(3 if quick else ROUNDS), *words)
    assert start_s is not None, "at least one start is measured"
    return {"start_s": start_s, "added_ms": added_ms, "x_without": median([1 + added_ms / 1000 / start_s])}


def _cpu_s(words: list[str]) -> float:
    """Return the processor's seconds of one Python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall_s(words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _forked_ms(words: list[str]) -> float:
    """Return the processor's milliseconds of a start of pytest in a fork of this process."""
    import pytest

    reading, writing = os.pipe()
    if os.fork() == 0:
        began_s = time.process_time()
        pytest.main(words)
        os.write(writing, str(1000 * (time.process_time() - began_s)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        took_ms = float(told.read())
    os.wait()
    return took_ms


def main() -> None:
    """Print the milliseconds that the plugin adds, as JSON; the words are the rounds and those of pytest."""
    import pytest

    rounds, *words = sys.argv[1:]
    printing = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    pytest.main([*words, *OFF])
    played = in_turn({"with": partial(_forked_ms, words), "without": partial(_forked_ms, [*words, *OFF])}, int(rounds))
    os.write(printing, json.dumps(median(each["with"] - each["without"] for each in played)).encode())


def lines(document: dict[str, Any]) -> list[str]:
    """Return the table."""
    (budget,) = budgets(document)
    return table(
        ("a start without the plugin, s", "added by the plugin, ms", "× without", "budget, ms", ""),
        [(document["start_s"], document["added_ms"], document["x_without"], BUDGET_MS, verdict(budget.met))],
    )


def budgets(document: dict[str, Any]) -> list[Budget]:
    """Return the milliseconds that the plugin adds to the start of pytest."""
    what = "ms that the pytest plugin adds to the start of pytest where it is not used"
    return [Budget(what, BUDGET_MS, document["added_ms"], at_most=True)]


if __name__ == "__main__":
    main()
