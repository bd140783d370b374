"""A table that backfills overwrite part by part: folders without commits, a Delta table, or one of the user's own.

Needs pyarrow.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from gateway_sim.control_plane.data.datasets import Dataset, WriteConflict
from gateway_sim.control_plane.events import DatasetWritten, WriteRefused
from gateway_sim.scenarios.orchestration.ports import dataset
from gateway_sim.scenarios.orchestration.workloads import cities


class Lake(Protocol):
    """The table `name` in a folder of tables, overwritten by date, or `by_city` by date and city."""

    def planned(self, group: range) -> Callable[[cities.Rows], None]:
        """Return the function that replaces the present rows of a group of cities."""
        ...

    def rows(self) -> pa.Table:
        """Return every row, in the order of all columns."""
        ...


class FolderLake:
    """A folder for each part, without commits: an overwrite removes the files that it listed before.

    Nothing is checked when it writes, so files that were added in the meantime stay.
    """

    def __init__(self, folder: Path, name: str, emit: Callable[[object], None], *, by_city: bool) -> None:
        self._name = name
        self._folder = folder / name
        self._emit = emit
        self._by_city = by_city
        self._files = 0

    def planned(self, group: range) -> Callable[[cities.Rows], None]:
        """List the files of the parts now; the function puts its own files and removes the listed ones."""
        day = f"date={cities.DATE}"
        parts = {f"{day}/city={city}": range(city, city + 1) for city in group} if self._by_city else {day: group}
        seen = [file for part in parts for file in sorted((self._folder / part).glob("*.parquet"))]

        def write(rows: cities.Rows) -> None:
            for part, some in parts.items():
                self._put(part, cities.table_of(rows.of(some)))
            for file in seen:
                file.unlink(missing_ok=True)

        return write

    def _put(self, part: str, rows: pa.Table) -> None:
        self._files += 1
        (self._folder / part).mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, self._folder / part / f"{self._files:06d}.parquet")
        self._emit(DatasetWritten(self._name, self._files, part, rows.num_rows))

    def rows(self) -> pa.Table:
        """Return every row, in the order of all columns."""
        files = sorted(self._folder.glob("**/*.parquet"))
        found = pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])
        return found.sort_by([(name, "ascending") for name in found.column_names])


class DeltaLake:
    """A Delta table: an overwrite is refused if its part was written since it was planned."""

    def __init__(self, folder: Path, name: str, emit: Callable[[object], None], *, by_city: bool) -> None:
        self._dataset = Dataset(folder, name, emit=emit)
        self._dataset.create(cities.columns(), by=["date", "city"])
        self._by_city = by_city

    def planned(self, group: range) -> Callable[[cities.Rows], None]:
        """Open the table now; the function raises `WriteConflict` if the part has changed since."""
        snapshot, part = self._dataset.open(), _part(group, by_city=self._by_city)
        return lambda rows: snapshot.replace(cities.table_of(rows), part)

    def rows(self) -> pa.Table:
        """Return every row, in the order of all columns."""
        return self._dataset.open().rows()


class PartLake:
    """A table of the user's own, with a report of what it did."""

    def __init__(self, table: dataset.Table, name: str, emit: Callable[[object], None], *, by_city: bool) -> None:
        self._table = table
        self._name = name
        self._emit = emit
        self._by_city = by_city

    def planned(self, group: range) -> Callable[[cities.Rows], None]:
        """Open the table now; the function raises `WriteConflict` where the table refuses."""
        snapshot, part = self._table.open(), _part(group, by_city=self._by_city)

        def write(rows: cities.Rows) -> None:
            try:
                snapshot.replace(cities.table_of(rows), part)
            except WriteConflict:
                self._emit(WriteRefused(self._name, snapshot.version, part))
                raise
            self._emit(DatasetWritten(self._name, snapshot.version, part, len(rows.cities)))

        return write

    def rows(self) -> pa.Table:
        """Return every row, in the order of all columns."""
        return self._table.open().rows()


def _part(group: range, *, by_city: bool) -> str:
    """Return the predicate of what a worker replaces: its cities of the day, or the whole day."""
    day = f"date = '{cities.DATE}'"
    return f"{day} AND city >= {group.start} AND city < {group.stop}" if by_city else day
