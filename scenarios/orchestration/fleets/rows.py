"""Rows of a CSV, Parquet or JSON file, by columns of several names; an error names file, line and column."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from gateway_sim.scenarios.orchestration.fleets.json_rows import SUFFIXES, of_json
from gateway_sim.scenarios.sim.errors import UsageError


@dataclass(frozen=True)
class Column:
    """A column by its name in a file, and what its numbers are multiplied with."""

    name: str
    times: float = 1.0


Columns = Mapping[str, Sequence[Column]]
"""For each value the columns that may hold it; the first that the file has does."""


@dataclass(frozen=True)
class Row:
    """A row of a file, at `line`, with the text or the value in each of its columns.

    In a file that is one line, `line` counts its entries, and `unit` says so.
    """

    file: Path
    line: int
    cells: Mapping[str, Any]
    known: Mapping[str, Column]
    unit: str = "line"

    @property
    def place(self) -> str:
        """The file and the line."""
        return f"{self.file}, {self.unit} {self.line}"

    def has(self, value: str) -> bool:
        """Return whether the row has something in the column of this value."""
        return value in self.known and self.cells[self.known[value].name] not in ("", None)

    def word(self, value: str, default: str) -> str:
        """Return a word."""
        return str(self.cells[self.known[value].name]) if self.has(value) else default

    def number(self, value: str, default: float) -> float:
        """Return a number of 0 or more. Raises `UsageError`."""
        if not self.has(value):
            return default
        column = self.known[value]
        try:
            number = float(self.cells[column.name]) * column.times
        except (TypeError, ValueError):
            raise self.refused(value, "is no number") from None
        if not (math.isfinite(number) and number >= 0):
            raise self.refused(value, "must be a number of 0 or more")
        return number

    def whole(self, value: str, default: int) -> int:
        """Return a whole number of 0 or more, rounded up. Raises `UsageError`."""
        return math.ceil(round(self.number(value, default), 6))

    def count(self, value: str, default: int, *, most: float = math.inf) -> int:
        """Return a whole number, 0 or more and at most `most`. Raises `UsageError`."""
        number = self.number(value, default)
        if number != int(number):
            raise self.refused(value, "must be a whole number")
        if number > most:
            raise self.refused(value, f"must be at most {most:,}")
        return int(number)

    def order(self, value: str) -> int:
        """Return a whole number that may be negative, 0 without one. Raises `UsageError`."""
        if not self.has(value):
            return 0
        try:
            number = float(self.cells[self.known[value].name])
        except (TypeError, ValueError):
            number = math.nan
        if not number.is_integer():
            raise self.refused(value, "must be a whole number")
        return int(number)

    def time_s(self, value: str) -> float | None:
        """Return a time in seconds, as `moment_s` reads it; None without one. Raises `UsageError`."""
        if not self.has(value):
            return None
        try:
            number = moment_s(self.cells[self.known[value].name])
        except ValueError:
            raise self.refused(value, f"is neither seconds nor {A_DATE}") from None
        if not math.isfinite(number):
            raise self.refused(value, "must be a finite number")
        return number

    def refused(self, value: str, why: str) -> UsageError:
        """Return the error about a cell."""
        column = self.known[value].name
        return UsageError(f"{self.place}, column {column}: {self.cells[column]!r} {why}")


A_DATE: Final = "a date such as 2026-11-28T09:00:00+00:00"


def moment_s(cell: Any) -> float:
    """Return a moment in seconds, written as such, perhaps not finite, or as a date with a time. Raises `ValueError`.

    A date without a zone is taken as UTC, so that a file reads the same everywhere.
    """
    when = cell
    if not isinstance(cell, datetime):
        try:
            return float(cell)
        except (TypeError, ValueError):
            when = datetime.fromisoformat(str(cell))
    return float((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


PARQUET: Final = ".parquet"
SEPARATORS: Final = {";": "';'", "\t": "tab"}
"""What programs write between columns in place of the comma, and its name."""


def rows(file: Path, columns: Columns, needs: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a file; `needs` lists the values without which it is refused. Raises `UsageError`."""
    try:
        found = _read(file)
        head = next(found, None)
    except OSError as error:
        raise UsageError(f"{file}: it cannot be read: {error.strerror or error}") from None
    if head is None:
        raise UsageError(f"{file}: it is empty; its first line must name the columns")
    names = [str(name).strip().lower() for name in head[1]]
    known = {
        value: column
        for value, some in columns.items()
        if (column := next((one for one in some if one.name in names), None)) is not None
    }
    for column in known.values():
        if names.count(column.name) > 1:
            raise UsageError(f"{file}, line {head[0]}: there are two columns {column.name}; name each once")
    for value in needs:
        if value not in known:
            other = next((word for sign, word in SEPARATORS.items() if len(names) == 1 and sign in str(head[1][0])), "")
            if other:
                said = f"no comma separates its columns; write a comma for each {other}"
                raise UsageError(f"{file}, line {head[0]}: {said}")
            may_be = ", ".join(column.name for column in columns[value])
            raise UsageError(f"{file}, line {head[0]}: no column has {value}; it may be called {may_be}")
    unit = "entry" if file.suffix in SUFFIXES and head[0] == 0 else "line"
    for line, cells in found:
        if not cells:
            continue
        if len(cells) != len(names):
            raise UsageError(
                f"{file}, line {line}, column {min(len(cells), len(names)) + 1}: the row has {len(cells)} cells, and "
                f"the first line names {len(names)} columns"
            )
        yield Row(file, line, dict(zip(names, cells, strict=True)), known, unit)


def _read(file: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    """Return the names of the columns and then the rows, with their lines, as the file's name says that it is."""
    if file.suffix in SUFFIXES:
        return of_json(file)
    return _of_parquet(file) if file.suffix == PARQUET else _of_csv(file)


def _of_csv(file: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        try:
            for cells in reader:
                yield reader.line_num, [cell.strip() for cell in cells]
        except (csv.Error, UnicodeDecodeError) as error:
            raise UsageError(f"{file}, line {reader.line_num + 1}: this is no CSV in UTF-8: {error}") from None


def _of_parquet(file: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield the names of the columns as line 0, and the rows from line 1 on."""
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(file).read()
    except pyarrow.ArrowInvalid as error:
        raise UsageError(f"{file}: this is no Parquet file: {error}") from None
    yield 0, table.column_names
    cells = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pyarrow.types.is_timestamp(column.type):
            # Python's dates have microseconds, those of pandas nanoseconds
            column = column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)
        try:
            cells.append(column.to_pylist())
        except (ValueError, OverflowError):
            raise UsageError(f"{file}, column {name}: it holds a time that cannot be read") from None
    yield from ((line, list(row)) for line, row in enumerate(zip(*cells, strict=True), 1))
