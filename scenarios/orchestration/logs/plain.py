"""Events as plain CSV: a line an event, its time, its name, and its fields in columns of their own.

The names are those of the traces of stories (`holder-began`, or `HolderBegan`), so that each promise can be judged.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, get_args, get_origin, get_type_hints

from gateway_sim.scenarios.orchestration.fleets.rows import Column, Columns, Row
from gateway_sim.scenarios.orchestration.logs.needs import dashed, kinds
from gateway_sim.scenarios.orchestration.logs.told import Told, where
from gateway_sim.scenarios.sim.errors import UnknownWord, UsageError

MOMENT: Final = "by_s"
"""The one field that is a moment of the log, and written as its times are."""
TRUTHS: Final = {"true": True, "false": False}


@cache
def kinds_by_word() -> dict[str, type[Any]]:
    """Return the kinds of events by their name without dashes, in lower case."""
    return {name.lower(): kind for name, kind in kinds().items()}


@cache
def fields() -> Mapping[str, Mapping[str, Any]]:
    """Return the types of the fields of each kind of event, by name."""
    return {
        name: {one.name: get_type_hints(kind)[one.name] for one in dataclasses.fields(kind)}
        for name, kind in kinds().items()
    }


def columns() -> Columns:
    """Return the columns that a file of events may have."""
    names = dict.fromkeys(name for own in fields().values() for name in own)
    return {
        "event": [Column("event")],
        "at": [Column("time"), Column("timestamp"), Column("at_s")],
        **{f".{name}": [Column(name)] for name in names},
    }


class Events:
    """Reads the lines of files of events."""

    def __init__(self) -> None:
        self.told = Told("events")
        self._unread: dict[str, None] = {}

    def add(self, row: Row) -> None:
        """Note the event of a row. Raises `UsageError` with the file and line of one that is wrong."""
        word = row.word("event", "").lower().replace("-", "").replace("_", "").replace(" ", "")
        kind = kinds_by_word().get(word)
        if kind is None:
            known = [dashed(name) for name in kinds()]
            raise UsageError(f"{row.place}: {UnknownWord('event', row.word('event', ''), known)}")
        if "at" not in row.known or (at_s := row.time_s("at")) is None:
            raise UsageError(f"{row.place}: it has no time")
        self.told.happened(at_s, where(row), _event(kind, row))
        read = {column.name for column in row.known.values()}
        self._unread |= dict.fromkeys(f"{name} of {row.file}" for name in row.cells if name not in read)

    def read(self) -> Told:
        """Return what the files tell."""
        if self._unread:
            self.told.notes.append(f"columns that no event has: {', '.join(self._unread)}")
        return self.told


def _event(kind: type[Any], row: Row) -> Any:
    values = {}
    defaults = {one.name: one.default for one in dataclasses.fields(kind)}
    for name, hint in fields()[kind.__name__].items():
        column = f".{name}"
        if row.has(column):
            values[name] = row.time_s(column) if name == MOMENT else _value(hint, row, column)
        elif defaults[name] is not dataclasses.MISSING:
            continue
        elif column in row.known and (hint is str or get_origin(hint) is tuple):
            # an empty text, or none of a list, in a column that is there
            values[name] = "" if hint is str else ()
        else:
            raise UsageError(f"{row.place}: {dashed(kind.__name__)} needs {name}, and it has none")
    return kind(**values)


def _value(hint: Any, row: Row, column: str) -> Any:
    """Return the value of a cell. Raises `UsageError`."""
    cell = row.cells[row.known[column].name]
    text = str(cell).strip()
    if hint is str or isinstance(hint, types.UnionType):
        return text
    if get_origin(hint) is tuple:
        of = get_args(hint)[0]
        texts = [str(one) for one in cell] if isinstance(cell, list) else text.split()
        if get_origin(of) is tuple:
            pairs = [one.rpartition("=") for one in texts]
            return tuple((name, _read(int, number, row, column)) for name, _, number in pairs)
        return tuple(_read(of, one, row, column) for one in texts)
    return _read(hint, text, row, column)


def _read(of: Any, text: str, row: Row, column: str) -> Any:
    if of is bool:
        if text.lower() not in TRUTHS:
            raise row.refused(column, "must be true or false")
        return TRUTHS[text.lower()]
    convert: Callable[[str], Any] = of
    try:
        value = convert(text)
    except ValueError:
        what = {int: "a whole number", float: "a number"}.get(of, "a word")
        raise row.refused(column, f"must be {what}, or a list of such with spaces between") from None
    if of is float and not abs(value) < float("inf"):
        raise row.refused(column, "must be a finite number")
    return value
