"""A folder is a registry: each of its modules is one entry, named as its file. Packages are named by their import."""

import importlib
import inspect
import pkgutil
import types
from typing import Any


def names(package: str) -> list[str]:
    """Return the names of a folder's modules with dashes, in alphabetical order; its subfolders are no entries."""
    folder = importlib.import_module(package).__path__
    return sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(folder) if not m.ispkg)


def load(package: str, name: str) -> types.ModuleType:
    """Return the folder's module of this name; it must be one of `names()`."""
    return importlib.import_module(f"{package}.{name.replace('-', '_')}")


def functions(package: str) -> dict[str, Any]:
    """Return from each module the thing that is named as its file, by the module's name."""
    return {name: getattr(load(package, name), name.replace("-", "_")) for name in names(package)}


def classes(package: str) -> dict[str, type[Any]]:
    """Return the classes in a folder's modules that carry a `name`, by that name."""
    found: dict[str, type[Any]] = {}
    for module in (load(package, name) for name in names(package)):
        for _, thing in inspect.getmembers(module, inspect.isclass):
            name = getattr(thing, "name", None)
            if thing.__module__ == module.__name__ and isinstance(name, str):
                found[name] = thing
    return found


def summary(thing: object) -> str:
    """Return the first line of a thing's docstring."""
    return (inspect.getdoc(thing) or "").strip().partition("\n")[0]
