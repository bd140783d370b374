"""A folder as a registry: each module is one entry, named as its file. Packages are given by their import name."""

import importlib
import inspect
import pkgutil
import types
from typing import Any


def names(package: str) -> list[str]:
    """Return the names of a folder's modules with dashes, in alphabetical order, without its subfolders."""
    folder = importlib.import_module(package).__path__
    return sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(folder) if not m.ispkg)


def load(package: str, name: str) -> types.ModuleType:
    """Return the folder's module of this name; it must be one of `names()`."""
    return importlib.import_module(f"{package}.{name.replace('-', '_')}")


def functions(package: str) -> dict[str, Any]:
    """Return the function or class that each module has under its own name, by the module's name."""
    return {name: getattr(load(package, name), name.replace("-", "_")) for name in names(package)}


def classes(package: str) -> dict[str, type[Any]]:
    """Return the classes in a folder's modules that have a `name`, by that name."""
    found: dict[str, type[Any]] = {}
    for module in (load(package, name) for name in names(package)):
        for _, thing in inspect.getmembers(module, inspect.isclass):
            name = getattr(thing, "name", None)
            if thing.__module__ == module.__name__ and isinstance(name, str):
                found[name] = thing
    return found


def summary(thing: object) -> str:
    """Return the first line of an object's docstring."""
    return (inspect.getdoc(thing) or "").strip().partition("\n")[0]
