"""Settings as words: `name=value` sets the field `name` of a record."""

import dataclasses
import functools
import typing
from collections.abc import Mapping
from typing import Any

from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord
from gateway_sim.scenarios.sim.renamed import current
from gateway_sim.scenarios.world.policies import client_policies, gateway_policies
from gateway_sim.scenarios.world.settings import check_settings


def apply_settings(words: Mapping[str, str], *things: Any) -> list[Any]:
    """Return the dataclasses `things`; each `name=value` word sets the field of the first that has it.

    Raises `UnknownWord` for a name that none of them has, and `SettingsRefused` for an invalid value.
    """
    fields = [{f.name: t for f, t in typed_fields(thing)} for thing in things]
    changes: list[dict[str, Any]] = [{} for _ in things]
    for given, word in words.items():
        name = current("setting", given, {f for known in fields for f in known})
        owners = [n for n, known in enumerate(fields) if name in known]
        if not owners:
            if elsewhere := _owned_elsewhere(name):
                raise SettingsRefused(f"{name} is a setting of: {elsewhere}; none of them takes part here")
            raise UnknownWord("setting", name, {f for known in fields for f in known})
        changes[owners[0]][name] = _parse(name, word, fields[owners[0]][name])
    changed = [dataclasses.replace(t, **change) for t, change in zip(things, changes, strict=True)]
    for thing in changed:
        # a policy's record does not check its own numbers
        check_settings(thing)
    return changed


def changed_words(thing: Any) -> dict[str, str]:
    """Return the fields of a dataclass that differ from their defaults, as words."""
    found = {f.name: getattr(thing, f.name) for f, _ in typed_fields(thing) if getattr(thing, f.name) != f.default}
    return {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in found.items()}


def _owned_elsewhere(name: str) -> str:
    """Return the policies that have a setting of this name; empty if none has."""
    kinds = [("gateway", gateway_policies()), ("client", client_policies())]
    owners = [
        f"{side} {policy}"
        for side, known in kinds
        for policy, kind in known.items()
        if name in {field.name for field, _ in typed_fields(kind())}
    ]
    return ", ".join(owners)


def typed_fields(thing: Any) -> list[tuple[dataclasses.Field[Any], Any]]:
    """Return the fields of a record that a word can set, each with its type."""
    hints = _hints(type(thing))  # type: ignore[arg-type]  # mypy does not see that a class is hashable
    return [(f, hints[f.name]) for f in dataclasses.fields(thing) if f.init and _settable(hints[f.name])]


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _settable(hint: Any) -> bool:
    return set(typing.get_args(hint) or (hint,)) <= {int, float, str, bool, type(None)}


def _parse(name: str, word: str, hint: Any) -> Any:
    kinds = typing.get_args(hint) or (hint,)
    if type(None) in kinds and word.lower() in ("none", "default", ""):
        return None
    if bool in kinds:
        if word.lower() not in ("true", "false"):
            raise SettingsRefused(f"{name}={word}: write true or false")
        return word.lower() == "true"
    kind = next(k for k in kinds if k is not type(None))
    try:
        return kind(word)
    except ValueError:
        wanted = {int: "a whole number", float: "a number (seconds)"}.get(kind, "a word")
        raise SettingsRefused(f"{name}={word}: it must be {wanted}") from None
