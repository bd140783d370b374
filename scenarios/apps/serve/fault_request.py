"""A request for a fault in a served world, checked before the fault begins."""

import dataclasses
import functools
import typing
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from gateway_sim.field_sentences import field_sentence
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.errors import SettingsRefused, check
from gateway_sim.scenarios.sim.plugins import KINDS
from gateway_sim.scenarios.world.fault import Fault


def kinds() -> dict[str, type[Any]]:
    """Return the kinds of faults by name."""
    return registry.classes(KINDS["faults"])


def settings_of(kind: type[Any]) -> dict[str, Any]:
    """Return the settings of a kind of fault with their defaults; a required setting has None."""
    return {f.name: None if f.default is dataclasses.MISSING else f.default for f in _fields(kind)}


def fault_request(name: str, settings: Mapping[str, Any]) -> Fault:
    """Return the fault of this name with these settings. Raises `UnknownWord` or `SettingsRefused`."""
    kind = kinds()[check("fault", name, kinds())]
    for word in settings:
        check(f"setting of {name}", word, settings_of(kind))
    try:
        fault: Fault = kind(**_form(name).model_validate(settings).model_dump())
    except ValidationError as unfit:
        raise SettingsRefused(field_sentence(unfit.errors()[0])) from None
    return fault


def _fields(kind: type[Any]) -> list[dataclasses.Field[Any]]:
    """Return the fields that are settings."""
    return [field for field in dataclasses.fields(kind) if field.init]


@functools.cache
def _form(name: str) -> type[BaseModel]:
    """Return the model of a fault's settings. Seconds must be above 0: a fault of no length has no effect."""
    kind = kinds()[name]
    hints = typing.get_type_hints(kind)
    asked: dict[str, Any] = {}
    for field in _fields(kind):
        hint = hints[field.name]
        fits = Annotated[hint, Field(gt=0)] if field.name.endswith("_s") else hint
        asked[field.name] = (fits, ... if field.default is dataclasses.MISSING else field.default)
    config = ConfigDict(extra="forbid", allow_inf_nan=False)
    form: type[BaseModel] = create_model(kind.__name__, __config__=config, **asked)
    return form
