"""JSON Schema of the documents, generated from their types."""

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from gateway_sim.scenarios.apps.documents import KINDS, schema_word

DIALECT = GenerateJsonSchema.schema_dialect


class _Printed(GenerateJsonSchema):
    """The schema of values that are written: no field has a default, and a field's name is title enough."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Leave out titles that repeat a field's name."""
        return False

    def default_schema(self, schema: Any) -> dict[str, Any]:
        """Leave out defaults: every document has the field itself."""
        return self.generate_inner(schema["schema"])

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Say that every field of a dataclass is there."""
        return field["type"] == "dataclass-field" or super().field_is_required(field, total)


def type_of(kind: str) -> Any:
    """Return the type of the documents of a kind, without the field `schema`; of JSON lines, that of a line."""
    module, name = KINDS[kind].type.split(".")
    return getattr(import_module(f"{__package__}.{module}"), name)


def json_schema(kind: str) -> Mapping[str, Any]:
    """Return the JSON Schema of a kind of document; of JSON lines, that of each line."""
    word = schema_word(kind)
    of_type = TypeAdapter(type_of(kind)).json_schema(schema_generator=_Printed, mode="serialization")
    if not (KINDS[kind].lines or KINDS[kind].given):
        of_type["properties"] = {"schema": {"const": word}, **of_type.get("properties", {})}
        of_type["required"] = ["schema", *of_type.get("required", [])]
    return {"$schema": DIALECT, **of_type, "title": word}


def schema_text(kind: str) -> str:
    """Return the JSON Schema of a kind as the text of its file."""
    return json.dumps(json_schema(kind), indent=1) + "\n"
