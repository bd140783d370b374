"""Extension points: races, promises, faults, policies and stories that live in a user's own project.

An installed package declares an entry point in a group `gateway_sim.<kind>`, whose value is the import name of a
module (one entry), or of a package (one entry for each of its modules). A folder that is not installed is named by
`--plugins PATH` or the variable GATEWAY_SIM_PLUGINS (several: separated as in PATH); it holds a folder for each kind.
A folder's modules are imported as `gateway_sim_plugins.<folder>.<kind>.<module>`, so that they may import each other
relatively.
"""

import functools
import importlib
import importlib.metadata
import importlib.util
import os
import pkgutil
import re
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway_sim.scenarios.sim.errors import UsageError

OURS: Final = "gateway-sim"
"""The origin of this project's own entries."""
VARIABLE: Final = "GATEWAY_SIM_PLUGINS"
KINDS: Final = {
    "races": "gateway_sim.scenarios.races",
    "promises": "gateway_sim.scenarios.judge.promises",
    "faults": "gateway_sim.scenarios.faults",
    "client_policies": "gateway_sim.client.retry_policies",
    "gateway_policies": "gateway_sim.miss_policies",
    "stories": "gateway_sim.scenarios.orchestration.stories",
    "parts": "gateway_sim.scenarios.orchestration.parts",
}
"""The kinds that a user's project can add, each with the package that holds this project's own."""
FOLDERS: Final = "gateway_sim_plugins"
"""The package under which the folders of users are imported."""


class PluginRefused(UsageError):
    """An entry point, a folder or a module of a user's project that cannot be used; it names the place."""


@dataclass(frozen=True)
class Entry:
    """A module of one kind: the name that users type, its import name, and `origin`, the place that it comes from."""

    name: str
    module: str
    origin: str


def modules(package: str) -> tuple[Entry, ...]:
    """Return the modules of a kind: those of its own package, and those of users' projects.

    Raises `PluginRefused` for a place that does not exist.
    """
    return _modules_of(package, os.environ.get(VARIABLE, ""))


def entries(package: str) -> dict[str, Entry]:
    """Return the modules of a kind by name. Raises `PluginRefused` for a name that exists twice."""
    return _by_name(modules(package))


def add_folder(path: Path) -> str:
    """Add a folder of entries to this process and to the processes that it starts; return its import name.

    Raises `PluginRefused` for a path that is no folder, or has no folder of any kind.
    """
    named = _named(os.environ.get(VARIABLE, ""))
    whole = str(path.absolute())
    package = _folder(whole)
    if whole not in named:
        os.environ[VARIABLE] = os.pathsep.join([*named, whole])
    return package


def options() -> list[str]:
    """Return the words that add this process's folders to another command."""
    return [word for path in _named(os.environ.get(VARIABLE, "")) for word in ("--plugins", path)]


def make_importable() -> None:
    """Make the folders of this process's variable importable, for objects of theirs that another process sends."""
    for path in _named(os.environ.get(VARIABLE, "")):
        _folder(path)


def _named(folders: str) -> list[str]:
    """Return the paths of a value of the variable, each once."""
    return list(dict.fromkeys(filter(None, folders.split(os.pathsep))))


def module_of(path: Path) -> types.ModuleType:
    """Import a single file, such as a race, and return its module. Raises `PluginRefused`.

    A file in a folder of its kind, such as `races/`, may import relatively, as in `from ..promises import x`.
    """
    if not path.is_file():
        raise PluginRefused(f"{path} does not exist; name a file of Python")
    folder, within = path.absolute().parent, path.stem
    if folder.name in KINDS:
        folder, within = folder.parent, f"{folder.name}.{within}"
    return import_entry(Entry(path.stem, f"{_package(str(folder))}.{within}", str(path)))


def import_entry(entry: Entry) -> types.ModuleType:
    """Import the module of an entry. Raises `PluginRefused` where a user's module fails to import."""
    try:
        return importlib.import_module(entry.module)
    except Exception as error:
        if entry.origin == OURS:
            raise
        told = f"{entry.origin}: {entry.module} cannot be imported: {type(error).__name__}: {error}"
        raise PluginRefused(told) from error


@functools.cache
def _modules_of(package: str, folders: str) -> tuple[Entry, ...]:
    ours = (Entry(name, module, OURS) for name, module in _inside(package))
    kind = next((kind for kind, home in KINDS.items() if home == package), None)
    return (*ours,) if kind is None else (*ours, *_declared(kind), *_in_folders(kind, folders))


@functools.cache
def _by_name(found_modules: tuple[Entry, ...]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in found_modules:
        if (first := found.get(entry.name)) is not None:
            places = f"{first.module} ({first.origin}) and {entry.module} ({entry.origin})"
            raise PluginRefused(f"the name {entry.name!r} exists twice: {places}; rename one")
        found[entry.name] = entry
    return found


def _declared(kind: str) -> Iterator[Entry]:
    """Yield what installed packages declare."""
    for point in importlib.metadata.entry_points(group=f"gateway_sim.{kind}"):
        package = point.dist
        origin = f"{package.name} {package.version}" if package else point.value
        try:
            found = importlib.import_module(point.value)
        except Exception as error:
            told = f"entry point {point.name!r} of gateway_sim.{kind} ({origin}): {type(error).__name__}: {error}"
            raise PluginRefused(told) from error
        if hasattr(found, "__path__"):
            yield from (Entry(name, module, origin) for name, module in _inside(point.value))
        else:
            yield Entry(_typed(point.value.rpartition(".")[2]), point.value, origin)


def _in_folders(kind: str, folders: str) -> Iterator[Entry]:
    """Yield what the folders of GATEWAY_SIM_PLUGINS hold."""
    for path in _named(folders):
        package = _folder(path)
        if (Path(path) / kind).is_dir():
            for name, module in _inside(f"{package}.{kind}"):
                yield Entry(name, module, path)


def _inside(package: str) -> list[tuple[str, str]]:
    """Return (name with dashes, import name) of a package's modules, in alphabetical order, without its subfolders."""
    # found and not imported: a package such as the races' imports a whole world
    spec = importlib.util.find_spec(package)
    inside = pkgutil.iter_modules(spec.submodule_search_locations if spec else [])
    return sorted((_typed(one.name), f"{package}.{one.name}") for one in inside if not one.ispkg)


def _typed(module: str) -> str:
    return module.replace("_", "-")


def _folder(path: str) -> str:
    """Return the import name of a user's folder. Raises `PluginRefused` if it has no folder of any kind."""
    if not Path(path).is_dir():
        raise PluginRefused(f"--plugins {path}: there is no such folder")
    if not any((Path(path) / kind).is_dir() for kind in KINDS):
        raise PluginRefused(f"--plugins {path} has none of the folders {', '.join(KINDS)}; make the one that you need")
    return _package(path)


def _package(path: str) -> str:
    """Return the package whose modules are the files of a folder; its parts need no `__init__.py`."""
    root = sys.modules.setdefault(FOLDERS, _namespace(FOLDERS, []))
    stem = re.sub(r"\W", "_", Path(path).name) or "folder"
    number = 1
    while (package := f"{FOLDERS}.{stem}" + (f"_{number}" if number > 1 else "")) in sys.modules:
        if sys.modules[package].__path__ == [path]:
            return package
        number += 1
    sys.modules[package] = _namespace(package, [path])
    setattr(root, package.rpartition(".")[2], sys.modules[package])
    return package


def _namespace(name: str, path: list[str]) -> types.ModuleType:
    module = types.ModuleType(name, "The folders that GATEWAY_SIM_PLUGINS names.")
    module.__path__ = path
    return module
