"""Finds the tables that a PartiQL statement names. Pure."""

import re

PLACE = re.compile(
    r"""
    '(?:[^']|'')*'                                          # a string: a name inside it is none
    | \b(?:FROM|INTO|UPDATE)\s+
      (?:"(?P<quoted>[^"]+)"|(?P<bare>[\w-]+))
      (?:\s*\.\s*"?(?P<index>[\w.-]+)"?)?
    | "[^"]*"                                               # the name of an attribute
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_read(statement: str) -> bool:
    """Say whether the statement reads items and changes none."""
    return statement.lstrip()[:6].upper() == "SELECT"


def tables_of(statement: str) -> list[tuple[str, str | None]]:
    """Return each table that the statement names, with the index if it names one."""
    return [(found["quoted"] or found["bare"], found["index"]) for found in _places(statement)]


def with_table(statement: str, table: str) -> str:
    """Return the statement with another table in the place of the first; quotes stay as they are."""
    found = _places(statement)[0]
    begin, end = found.span("quoted" if found["quoted"] else "bare")
    return statement[:begin] + table + statement[end:]


def _places(statement: str) -> list[re.Match[str]]:
    return [found for found in PLACE.finditer(statement) if found["quoted"] or found["bare"]]
