"""Which tests a change of a module is held to: the file of its name, those that import the module, those near both."""

from functools import cache
from pathlib import Path
from typing import Final

from tests.house import PACKAGES, ROOT, files_of_tests, home_of_tests, imports, modules_named, relative, sources
from tests.test_tidy import TESTED_ELSEWHERE

MOST_NEAR: Final = 9
"""Files for a module: its own, then those of the nearest folders, so that a module that all import ends in time."""


def near_tests(module: Path) -> list[str]:
    """Return the paths of the test files for a module, its own file first.

    Those that import the module come next, then those that meet it through other modules or their conftest.
    """
    elsewhere = TESTED_ELSEWHERE.get(relative(module))
    own = ROOT / elsewhere if elsewhere else home_of_tests(module)
    steps = {file: steps for file, steps in _steps_to(module).items() if file in _tests() and file != own}
    near = sorted(steps, key=lambda file: (steps[file] > 1, -_shared(file, own), steps[file], relative(file)))
    return [relative(file) for file in [*([own] if own.exists() else []), *near]]


def _steps_to(module: Path) -> dict[Path, int]:
    """Return how many imports, one after another, lead to a module from each file that meets it."""
    steps, last = {module: 0}, {module}
    while last:
        last = {file for one in last for file in _importers().get(one, ()) if file not in steps}
        steps |= dict.fromkeys(last, max(steps.values()) + 1)
    return steps


@cache
def _importers() -> dict[Path, set[Path]]:
    """Return the files that import each module; a test file also imports what the conftest beside it does."""
    found: dict[Path, set[Path]] = {}
    for file in [*sources(), *_tests()]:
        for module in _imported(file) | (_imported(file.with_name("conftest.py")) if file in _tests() else frozenset()):
            found.setdefault(module, set()).add(file)
    return found


@cache
def _tests() -> frozenset[Path]:
    """Return the test files that can notice: those of commands and of the plugin start processes of their own."""
    apps = ROOT / "tests" / "scenarios" / "apps"
    files = (file for file in files_of_tests(*PACKAGES) if file.name.startswith("test_"))
    return frozenset(file for file in files if not file.is_relative_to(apps))


def _shared(one: Path, other: Path) -> int:
    """Return how many folders two files have in common, from the root on."""
    pairs = zip(one.parts, other.parts, strict=False)
    return next((index for index, (left, right) in enumerate(pairs) if left != right), 0)


@cache
def _imported(file: Path) -> frozenset[Path]:
    if not file.exists():
        return frozenset()
    return frozenset(module for name in imports(file) for module in modules_named(name))
