"""A sentence for a field of a request that was refused: what was sent, and what is accepted. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

LONGEST: Final = 60
"""More characters of a sent value are cut off."""
BOUNDS: Final = {"greater_than": "gt", "greater_than_equal": "ge", "less_than": "lt", "less_than_equal": "le"}
"""By the kind of a pydantic error, the key of its bound."""
BOUND_WORDS: Final = {"gt": "above", "ge": "from", "lt": "below", "le": "up to"}
KINDS: Final = {
    "float": "a number", "finite": "a finite number", "int": "a whole number", "string": "a text",
    "bool": "true or false", "dict": "an object", "model": "an object", "list": "a list", "tuple": "a list",
    "none": "null",
}  # fmt: skip
"""By the first word of the kind of a pydantic error, what the field takes."""


def field_sentence(error: Mapping[str, Any]) -> str:
    """Return the sentence for one of pydantic's errors, as `ValidationError.errors()` gives it."""
    kind, place = error["type"], _place(error["loc"])
    known = error.get("ctx", {})
    if kind == "json_invalid":
        return f"the body is no JSON: {known['error']}"
    if kind == "missing":
        return f"{place} is missing"
    if kind == "extra_forbidden":
        return f"{place} is unknown here: leave it out, or correct its name"
    if kind == "union_tag_not_found":
        # the key of the tag stands between quotes
        tag = str(known["discriminator"]).strip("'")
        return f"{tag} is missing" if isinstance(error["input"], Mapping) else _unlike(place, error, "an object")
    if kind == "union_tag_invalid":
        tag = str(known["discriminator"]).strip("'")
        return f"{tag} is {_sent(known['tag'])}; it takes {_choices(known['expected_tags'])}"
    if kind == "value_error":
        return f"{place}: {known['error']}" if place != "the body" else str(known["error"])
    return _unlike(place, error, _accepted(kind, known))


def _unlike(place: str, error: Mapping[str, Any], accepted: str) -> str:
    return f"{place} is {_sent(error['input'])}; it takes {accepted or 'another value'}"


def _accepted(kind: str, known: Mapping[str, Any]) -> str:
    if kind in BOUNDS:
        bound = BOUNDS[kind]
        return f"a number {BOUND_WORDS[bound]} {known[bound]:g}"
    if kind == "literal_error":
        return _choices(known["expected"])
    if kind == "string_pattern_mismatch":
        return f"a text like {known['pattern']}"
    if kind == "string_too_short":
        return f"a text of {known['min_length']} or more characters"
    if kind == "string_too_long":
        return f"a text of at most {known['max_length']} characters"
    return KINDS.get(kind.partition("_")[0], "")


def _choices(quoted: str) -> str:
    """Return the names that pydantic lists between quotes."""
    return quoted.replace("'", "").replace('"', "")


def _place(loc: Sequence[Any]) -> str:
    """Return the field by its name, in an outer field where it has one; the parts of a request need no name."""
    parts = [str(part) for part in loc if part not in ("body", "path", "query", "fresh", "partitioned", "lagging")]
    return ".".join(parts) or "the body"


def _sent(value: Any) -> str:
    text = json.dumps(value, default=repr, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
