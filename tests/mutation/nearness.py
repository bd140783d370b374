"""Which tests a change of a module is held to: the file of its name, then the files that import the module."""

from pathlib import Path
from typing import Final

from tests.house import PACKAGES, ROOT, files_of_tests, home_of_tests, imports, modules_named, relative
from tests.test_tidy import TESTED_ELSEWHERE

MOST_NEAR: Final = 9
"""Files for a module: its own, then those of the nearest folders, so that a module that all import ends in time."""


def near_tests(module: Path) -> list[str]:
    """Return the paths of the test files for a module, its own file first."""
    elsewhere = TESTED_ELSEWHERE.get(relative(module))
    own = ROOT / elsewhere if elsewhere else home_of_tests(module)
    importers = [file for file in _tests() if file != own and module in _imported(file)]
    near = sorted(importers, key=lambda file: (-_shared(file, own), relative(file)))
    return [relative(file) for file in [*([own] if own.exists() else []), *near]]


def _tests() -> list[Path]:
    """Return the test files that can notice: those of commands and of the plugin start processes of their own."""
    apps = ROOT / "tests" / "scenarios" / "apps"
    files = (file for file in files_of_tests(*PACKAGES) if file.name.startswith("test_"))
    return [file for file in files if not file.is_relative_to(apps)]


def _shared(one: Path, other: Path) -> int:
    """Return how many folders two files have in common, from the root on."""
    pairs = zip(one.parts, other.parts, strict=False)
    return next((index for index, (left, right) in enumerate(pairs) if left != right), 0)


_IMPORTED: dict[Path, set[Path]] = {}


def _imported(file: Path) -> set[Path]:
    if file not in _IMPORTED:
        _IMPORTED[file] = {module for name in imports(file) for module in modules_named(name)}
    return _IMPORTED[file]
