"""Whether a document has exactly the fields of its published type."""

import functools
import json
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from gateway_sim.scenarios.apps.documents import KINDS, schema_word
from gateway_sim.scenarios.apps.documents.schema import type_of

BY_WORD = {schema_word(kind): kind for kind in KINDS}


def unlike(text: str) -> list[str]:
    """Return how a document differs from the type of its schema: a missing, unknown or wrong field by its place."""
    document = json.loads(text)
    kind = BY_WORD[document.pop("schema")]
    return unlike_type(kind, document)


def unlike_lines(kind: str, text: str) -> list[str]:
    """Return the same of each line of a file of JSON lines, whose first line names the schema."""
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[0]["schema"] == schema_word(kind)
    return [f"line {n}: {wrong}" for n, line in enumerate(lines, 1) for wrong in unlike_type(kind, line)]


def unlike_type(kind: str, document: Any) -> list[str]:
    """Compare a document with what its type reads of it."""
    adapter = _adapter(kind)
    try:
        read = adapter.validate_json(json.dumps(document), strict=True)
    except ValidationError as wrong:
        return [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong.errors()[:10]]
    return list(_differences(document, to_jsonable_python(read)))


@functools.cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(type_of(kind))


def _differences(told: Any, read: Any, place: str = "") -> Iterator[str]:
    if isinstance(told, dict) and isinstance(read, dict):
        for name in sorted(told.keys() ^ read.keys()):
            yield f"{place}.{name}: {'not in the type' if name in told else 'missing'}"
        for name in told.keys() & read.keys():
            yield from _differences(told[name], read[name], f"{place}.{name}")
    elif isinstance(told, list) and isinstance(read, list) and len(told) == len(read):
        for n, (one, other) in enumerate(zip(told, read, strict=True)):
            yield from _differences(one, other, f"{place}[{n}]")
    elif told != read:
        yield f"{place}: {told!r} is read as {read!r}"
