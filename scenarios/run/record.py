"""The record of a run as text: what a sweep found, as JSON that is read back into equal values.

A dataclass names its class. Only dataclasses, enumerations and traces are read back, so a store of others runs no code.
"""

import dataclasses
import enum
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Set
from importlib import import_module
from typing import Any, Final

from gateway_sim.scenarios.sim.errors import UsageError
from gateway_sim.scenarios.sim.plugins import FOLDERS
from gateway_sim.scenarios.sim.trace import Trace

KIND: Final = "$"
"""The field that names the kind of a value which JSON does not have."""
OURS: Final = ("gateway_sim.", f"{FOLDERS}.")
"""The packages whose modules are imported to read a record."""


class RecordRefused(UsageError):
    """A record that this release cannot read."""


def text_of(value: object) -> str:
    """Return a value as text; equal values have equal texts, in any process."""
    return json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False)


def value_of(text: str) -> Any:
    """Return the value of a text. Raises `RecordRefused`."""
    try:
        return _read(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, ImportError) as error:
        raise RecordRefused(f"a record cannot be read: {error}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return {KIND: _name(type(value)), "is": value.value}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Trace):
        return {KIND: "trace", "of": [_plain(entry) for entry in value.entries]}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        own = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {KIND: _name(type(value)), **own}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, tuple):
        return {KIND: "tuple", "of": [_plain(one) for one in value]}
    if isinstance(value, Mapping):
        kind = "counter" if isinstance(value, Counter) else "dict"
        if kind == "dict" and KIND not in value and all(isinstance(name, str) for name in value):
            return {name: _plain(one) for name, one in value.items()}
        return {KIND: kind, "of": [[_plain(name), _plain(one)] for name, one in value.items()]}
    if isinstance(value, Set):
        return {KIND: "set", "of": sorted(map(_plain, value))}
    # such as a path in an event of a user's own race
    return str(value)


def _name(kind: type[Any]) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _trace(entries: list[Any]) -> Trace:
    trace = Trace()
    trace.entries = entries
    return trace


READERS: Final[Mapping[str, Callable[[list[Any]], Any]]] = {
    "trace": _trace, "tuple": tuple, "dict": dict, "counter": lambda pairs: Counter(dict(pairs)), "set": frozenset,
}  # fmt: skip


def _read(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_read(one) for one in plain]
    if not isinstance(plain, dict):
        return plain
    kind = plain.pop(KIND, None)
    if kind is None:
        return {name: _read(one) for name, one in plain.items()}
    if kind in READERS:
        return READERS[kind](_read(plain["of"]))
    known = _class(kind)
    if issubclass(known, enum.Enum):
        return known(plain["is"])
    made = object.__new__(known)
    for field in dataclasses.fields(known):
        # also fields that the constructor does not take
        object.__setattr__(made, field.name, _read(plain[field.name]))
    return made


def _class(name: str) -> type[Any]:
    module, _, path = name.partition(":")
    if module not in sys.modules and not module.startswith(OURS):
        raise RecordRefused(f"a record names the class {name}, which is not of gateway-sim nor of your plugins")
    found: Any = sys.modules.get(module) or import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    if not isinstance(found, type) or not (dataclasses.is_dataclass(found) or issubclass(found, enum.Enum)):
        raise RecordRefused(f"a record names {name}, which is no dataclass")
    return found
