"""The structure of the packages, measured: `python -m tests.house` prints each layer, its lines and upward imports."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("gateway_sim", "trainer_pod", "control_plane", "client", "scenarios")
FACE: Final = (ROOT / "gateway_sim" / "__init__.py", ROOT / "gateway_sim" / "__main__.py")
"""The library's face and its command, which speak for all five folders."""
LAYERS: Final = {
    "sim": "clock, chance, trace, events, names and errors: what every simulated world stands on",
    "world": "settings, the parts of a world and the verbs of a story; the protocols of engines and faults",
    "engines": "how a world runs: in virtual time, or live",
    "faults": "what can go wrong, one a file",
    "judge": "what a trace shows, the limits it is held to, promises and anomalies",
    "races": "the races, one a file, and those that are read from a log",
    "orchestration": "stories of scheduling, data and promotion, with their promises and workloads",
    "run": "one run: what to run, its plan, its result; the pairs to run, the workers that run them, their store",
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


def modules() -> list[Path]:
    """Return every module of the four product packages, without the face.

    An `__init__.py` counts where it holds more than a docstring and imports, which only give other modules' names out.
    """
    product = [path for path in sources() if not path.is_relative_to(ROOT / PACKAGES[-1]) and path not in FACE]
    return [path for path in product if path.name != "__init__.py" or _holds_code(path)]


def _holds_code(path: Path) -> bool:
    kept = (ast.Import, ast.ImportFrom, ast.Expr, ast.Assign)
    return not all(isinstance(node, kept) for node in ast.parse(path.read_text()).body)


def home_of_tests(module: Path) -> Path:
    """Return the file that tests a module: its folder under tests/, its name; a package's `__init__` has its own."""
    parts = module.relative_to(ROOT).with_suffix("").parts
    *folders, name = parts[:-1] if parts[-1] == "__init__" else parts
    return ROOT.joinpath("tests", *folders, f"test_{name.strip('_')}.py")


def uses(file: Path) -> set[Path]:
    """Return the modules that a test file and its fixtures import, and those that these import.

    An import for type checkers does not count.
    """
    fixtures = [folder / "conftest.py" for folder in file.parents if (folder / "conftest.py").exists()]
    found = {module for test in (file, *fixtures) for name in imports(test) for module in modules_named(name)}
    return found | {inner for module in found for name in imports(module) for inner in modules_named(name)}


def modules_named(dotted: str) -> list[Path]:
    """Return the modules that an imported name stands for: `a.b.c` is `a/b/c.py`, or a name in `a/b.py`."""
    parts = dotted.split(".")
    if parts[0] not in PACKAGES:
        return []
    whole, outer = ROOT.joinpath(*parts), ROOT.joinpath(*parts[:-1])
    places = (whole.with_suffix(".py"), whole / "__init__.py", outer.with_suffix(".py"), outer / "__init__.py")
    return [place for place in places if place.exists()]


def relative(path: Path) -> str:
    """Return a file's path from the root of the project."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path, *, type_checking: bool = False) -> list[str]:
    """Return the dotted names that a file imports, also inside functions; those of type checkers only if asked for.

    A name of the other four folders is given as in the tree: `client.sdk` for `gateway_sim.client.sdk`.
    """
    return [_in_the_tree(name) for name in written_imports(path, type_checking=type_checking)]


def _in_the_tree(dotted: str) -> str:
    one_name, _, rest = dotted.partition(".")
    return rest if one_name == PACKAGES[0] and rest.partition(".")[0] in PACKAGES[1:] else dotted


def written_imports(path: Path, *, type_checking: bool = False) -> list[str]:
    """Return the dotted names that a file imports as they are written; those of type checkers only if asked for."""
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
