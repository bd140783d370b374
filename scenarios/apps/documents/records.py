"""Documents that are the fields of a record, and more beside them: their types are made from the record's."""

import dataclasses
from typing import Any, get_type_hints

from typing_extensions import TypedDict


def fields_of(record: type[Any]) -> dict[str, Any]:
    """Return the types of a dataclass's fields, by name and in their order."""
    hints = get_type_hints(record)
    return {field.name: hints[field.name] for field in dataclasses.fields(record)}


def extended(name: str, doc: str, record: type[Any], **more: Any) -> Any:
    """Return the type of a document, described by `doc`, with the fields of `record` and `more`."""
    document: Any = TypedDict(name, {**fields_of(record), **more})  # type: ignore[misc]
    document.__doc__ = doc
    return document
