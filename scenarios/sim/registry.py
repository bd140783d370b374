"""A folder as a registry: each module is one entry, named as its file. Packages are given by their import name.

A kind that users can extend also has the entries of their projects (`plugins.py`).
"""

import ast
import functools
import importlib.util
import inspect
import types
from pathlib import Path
from typing import Any

from gateway_sim.scenarios.sim.plugins import OURS, Entry, PluginRefused, entries, import_entry, modules


def names(package: str) -> list[str]:
    """Return the names of a kind's entries with dashes, in alphabetical order."""
    return sorted(entries(package))


def load(package: str, name: str) -> types.ModuleType:
    """Return the module of this name; it must be one of `names()`. Raises `PluginRefused` for a user's broken one."""
    return import_entry(entries(package)[name])


def origin(package: str, name: str) -> str:
    """Return where an entry comes from: "gateway-sim", the distribution or the folder of a user's project."""
    return entries(package)[name].origin


def functions(package: str) -> dict[str, Any]:
    """Return the function or class that each module has under its own name, by the module's name."""
    return {name: part(load(package, name), name.replace("-", "_")) for name in names(package)}


def part(module: types.ModuleType, name: str) -> Any:
    """Return a module's attribute. Raises `PluginRefused` if a user's module lacks it."""
    if not hasattr(module, name):
        raise PluginRefused(f"{module.__file__} has no `{name}`; docs/adding.md says what such a file holds")
    return getattr(module, name)


def classes(package: str) -> dict[str, type[Any]]:
    """Return the classes in a kind's modules that have a `name`, by that name.

    Raises `PluginRefused` for a name that exists twice.
    """
    return dict(_classes(modules(package)))


@functools.cache
def _classes(of: tuple[Entry, ...]) -> dict[str, type[Any]]:
    found: dict[str, type[Any]] = {}
    for module in map(import_entry, of):
        for _, thing in inspect.getmembers(module, inspect.isclass):
            name = getattr(thing, "name", None)
            if thing.__module__ == module.__name__ and isinstance(name, str):
                if name in found:
                    places = f"{found[name].__module__} and {thing.__module__}"
                    raise PluginRefused(f"the name {name!r} exists twice: {places}; rename one")
                found[name] = thing
    return found


def from_outside(package: str, found: dict[str, type[Any]]) -> dict[str, str]:
    """Return the origin of each of the `classes` of a kind that comes from a user's project, by name."""
    theirs = {entry.module: entry.origin for entry in modules(package) if entry.origin != OURS}
    return {name: theirs[kind.__module__] for name, kind in found.items() if kind.__module__ in theirs}


def written(package: str, name: str) -> dict[str, str]:
    """Return an entry's docstring, as `__doc__`, and its plain strings by name, from its source.

    Nothing is imported, so an entry can be listed where a library that it plays with is not installed.
    """
    spec = importlib.util.find_spec(entries(package)[name].module)
    assert spec is not None
    tree = ast.parse(Path(str(spec.origin)).read_text(encoding="utf-8"))
    found = {"__doc__": ast.get_docstring(tree) or ""}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found |= {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
    return found


def summary(thing: object) -> str:
    """Return the first line of an object's docstring."""
    return first_line(inspect.getdoc(thing) or "")


def first_line(text: str) -> str:
    """Return the first line of a docstring."""
    return text.strip().partition("\n")[0]
