"""Rows of a JSON file: a list of objects, as programs print it, or an object with one such list, as APIs answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from gateway_sim.scenarios.sim.errors import UsageError

SUFFIXES: Final = (".json", ".jsonl", ".ndjson")
SPACE: Final = " \t\r\n"
_DECODER: Final = json.JSONDecoder()


def of_json(file: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield the names of all objects' fields, and then the values of each object with its line, None for no value.

    A document of one line has no lines to tell: there the number is that of the object, from 1, and 0 for the names.
    Raises `UsageError`, also for the first pages of an answer that has more.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        found = list(_objects(file, text))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UsageError(f"{file}{where}: this is no JSON in UTF-8: {getattr(error, 'msg', error)}") from None
    names = list(dict.fromkeys(name.lower() for _, one in found for name in one))
    one_line = "\n" not in text.strip()
    if names:
        yield 0 if one_line else 1, names
    for number, (line, one) in enumerate(found, 1):
        values = {name.lower(): value for name, value in one.items()}
        yield number if one_line else line, [values.get(name) for name in names]


def _objects(file: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    at = _after_space(text, 0)
    if file.suffix in SUFFIXES[1:]:
        yield from _in_a_row(file, text, at, "")
    elif text[at : at + 1] == "[":
        yield from _in_a_row(file, text, at + 1, ",")
        # the list must end, and the file with it
        json.loads(text)
    else:
        whole = json.loads(text)
        lists = [key for key, value in whole.items() if _is_rows(value)] if isinstance(whole, dict) else []
        if len(lists) != 1:
            raise UsageError(f"{file}, line 1: it must be a list of objects, or an object with one such list")
        _check_whole(file, whole, len(whole[lists[0]]))
        yield from _in_a_row(file, text, _beginning(text, at + 1, lists[0]) + 1, ",")


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and (not value or isinstance(value[0], dict))


def _check_whole(file: Path, whole: dict[str, Any], there: int) -> None:
    """Refuse an answer that says that there is more of it."""
    wanted = whole.get("total_entries")
    if (isinstance(wanted, int) and wanted > there) or whole.get("next_cursor"):
        of = f" of {wanted:,}" if isinstance(wanted, int) else ""
        raise UsageError(f"{file}: it has {there:,}{of} entries, and is the page of an answer; export all pages")


def _beginning(text: str, at: int, key: str) -> int:
    """Return where the list of this key begins in an object whose first key is at `at`."""
    while True:
        name, at = _DECODER.raw_decode(text, _after_space(text, at))
        at = _after_space(text, _after_space(text, at) + 1)
        if name == key:
            return at
        _, at = _DECODER.raw_decode(text, at)
        at = _after_space(text, at) + 1


def _in_a_row(file: Path, text: str, at: int, between: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects from `at` on, with `between` between them, and the line of each."""
    line, counted = 1, 0
    at = _after_space(text, at)
    while at < len(text) and text[at] != "]":
        line, counted = line + text.count("\n", counted, at), at
        value, at = _DECODER.raw_decode(text, at)
        if not isinstance(value, dict):
            raise UsageError(f"{file}, line {line}: {json.dumps(value)[:40]} is no object")
        yield line, value
        at = _after_space(text, at)
        if between and text[at : at + 1] == between:
            at = _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in SPACE:
        at += 1
    return at
