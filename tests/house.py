"""The structure of the packages, measured: `python -m tests.house` prints each layer, its lines and upward imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("gateway_sim", "trainer_pod", "control_plane", "client", "scenarios")
LAYERS: Final = {
    "sim": "clock, chance, trace, events, names and errors: what every simulated world stands on",
    "world": "settings, the parts of a world and the verbs of a story; the protocols of engines and faults",
    "engines": "how a world runs: in virtual time, or live",
    "faults": "what can go wrong, one a file",
    "judge": "what a trace shows, the limits it is held to, promises and anomalies",
    "races": "the races, one a file, and those that are read from a log",
    "orchestration": "stories of scheduling, data and promotion, with their promises and workloads",
    "run": "one run: what to run, its plan, its result; the pairs to run, and the processes that run them",
    "search": "drawn worlds, every order of a small world, parts broken on purpose",
    "compare": "many runs beside one another: tournament, conformance, parity",
    "report": "how results are shown: terminal, Markdown, HTML, timeline",
    "apps": "what a person starts: command line, demo, served world, pytest plugin",
}
"""The layers of `scenarios/`, lowest first, and what belongs there: each imports itself and the layers before it."""


def sources() -> list[Path]:
    """Return every Python file of the packages."""
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def files_of_tests(*packages: str) -> list[Path]:
    """Return every Python file of the packages' tests, fixtures included."""
    return sorted(path for package in packages for path in (ROOT / "tests" / package).rglob("*.py"))


def relative(path: Path) -> str:
    """Return a file's path from the root of the project."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path, *, type_checking: bool = False) -> list[str]:
    """Return the dotted names that a file imports, also inside functions; those of type checkers only if asked for."""
    tree = ast.parse(path.read_text())
    hidden = (
        set()
        if type_checking
        else {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
    )
    names = []
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def layer_of(dotted: str) -> str | None:
    """Return the layer of a module of `scenarios`; None for any other module."""
    parts = dotted.split(".")
    return parts[1] if parts[0] == "scenarios" and len(parts) > 1 and parts[1] in LAYERS else None


def upward_imports(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (imported name, its layer, the file's layer) for each import of a layer above the file's own."""
    order = list(LAYERS)
    here = layer_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
    if here is None:
        return
    for name in imports(path, type_checking=True):
        there = layer_of(name)
        if there is not None and order.index(there) > order.index(here):
            yield name, there, here


def main() -> None:
    """Print the packages and the layers of `scenarios/` with their lines and upward imports, and the sums."""
    rows = {name: [0, 0] for name in (*PACKAGES[:-1], *LAYERS)}
    for path in sources():
        parts = path.relative_to(ROOT).parts
        name = layer_of(".".join(parts)) or parts[0]
        row = rows.setdefault(name, [0, 0])
        row[0] += len(path.read_text().splitlines())
        row[1] += len(list(upward_imports(path)))
    for name, (lines, upward) in rows.items():
        print(f"{name:15} {lines:6} lines {upward:4} upward imports   {LAYERS.get(name, '')}".rstrip())
    print(f"{'all':15} {sum(r[0] for r in rows.values()):6} lines {sum(r[1] for r in rows.values()):4} upward imports")


if __name__ == "__main__":
    main()
