"""Datasets as Delta tables: optimistic commits, versions that can be read again, and manifests that can be compared.

deltalake works in threads of its own, which know no virtual time. A story therefore calls it through
`Sandbox.blocking`; its races come from the order in which snapshots are opened and written. Needs the extra
`orchestration`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from gateway_sim.control_plane.data.partitions import Part
from gateway_sim.control_plane.events import DatasetWritten, HistoryVacuumed, WriteRefused


class NoSuchTable(LookupError):
    """There is no table of this name; the message names it and the existing ones."""


class VersionGone(LookupError):
    """The table has no such version, or its files have been removed; the message says which."""


class WriteConflict(Exception):
    """Another writer wrote the same part since the snapshot was opened; nothing was written."""


class Dataset:
    """The table `name` in a folder of tables."""

    def __init__(self, folder: Path, name: str, *, emit: Callable[[object], None]) -> None:
        self.name = name
        self._folder = folder
        self._emit = emit

    def create(self, columns: pa.Schema, *, by: Sequence[str]) -> None:
        """Make the table, empty, partitioned by these columns."""
        DeltaTable.create(str(self._folder / self.name), columns, partition_by=list(by))

    def open(self, version: int | None = None) -> Snapshot:
        """Return a snapshot of the newest version, or of `version`. Raises `NoSuchTable` and `VersionGone`."""
        place = self._folder / self.name
        try:
            return Snapshot(self.name, DeltaTable(str(place), version=version), self._emit)
        except TableNotFoundError as missing:
            there_are = ", ".join(sorted(p.parent.name for p in self._folder.glob("*/_delta_log"))) or "none"
            raise NoSuchTable(f"there is no table {self.name!r}; there are: {there_are}") from missing
        except DeltaError as gone:
            raise VersionGone(f"table {self.name!r} has no version {version}") from gone

    def vacuum(self, keep: Sequence[int]) -> None:
        """Remove the files of all versions but the newest and those to `keep`. Raises `NoSuchTable`."""
        before = self.files()
        # deltalake also returns files that an earlier vacuum removed, so the removed ones are counted here
        self.open().table.vacuum(
            retention_hours=0, enforce_retention_duration=False, dry_run=False, keep_versions=list(keep)
        )
        self._emit(HistoryVacuumed(self.name, before - self.files(), tuple(keep)))

    def files(self) -> int:
        """Return the number of files of all versions together."""
        return sum(1 for _ in (self._folder / self.name).rglob("*.parquet"))


class Snapshot:
    """A table at one version; a replacement is refused if its part has changed since that version."""

    def __init__(self, name: str, table: DeltaTable, emit: Callable[[object], None]) -> None:
        self.name = name
        self.table = table
        self._emit = emit

    @property
    def version(self) -> int:
        """Return the version, from 0; it advances with this snapshot's own writes."""
        return self.table.version()

    def append(self, rows: pa.Table) -> None:
        """Add rows to the newest version; an append conflicts with no other write."""
        self.table.update_incremental()
        write_deltalake(self.table, rows, mode="append")
        self._emit(DatasetWritten(self.name, self.version, "", rows.num_rows))

    def replace(self, rows: pa.Table, part: str) -> None:
        """Replace all rows that match the predicate `part` by these, atomically.

        Raises `WriteConflict` when another writer wrote there since the snapshot was opened.
        """
        try:
            write_deltalake(self.table, rows, mode="overwrite", predicate=part)
        except CommitFailedError as conflict:
            self._emit(WriteRefused(self.name, self.version, part))
            raise WriteConflict(f"{part} of {self.name!r} was written since version {self.version}") from conflict
        self._emit(DatasetWritten(self.name, self.version, part, rows.num_rows))

    def remove(self, part: str) -> None:
        """Remove all rows that match the predicate `part`."""
        self.table.delete(part)
        self._emit(DatasetWritten(self.name, self.version, part, 0))

    def rows(self) -> pa.Table:
        """Return every row, ordered by all columns. Raises `VersionGone` when files have been removed."""
        try:
            found = self.table.to_pyarrow_table()
        except FileNotFoundError as gone:
            raise VersionGone(f"version {self.version} of {self.name!r} has lost files: they were vacuumed") from gone
        return found.sort_by([(name, "ascending") for name in found.column_names])

    def parts(self) -> list[Part]:
        """Return the hours of a table partitioned by date and hour, from the statistics in its log alone."""
        parts: dict[tuple[str, int], Part] = {}
        for file in pa.table(self.table.get_add_actions(flatten=True)).to_pylist():
            key = file["partition.date"], file["partition.hour"]
            known = parts.get(key, Part(*key, 0, 0.0))
            newest_s = max(known.landed_s, float(file["max.landed_s"]))
            parts[key] = Part(*key, known.rows + file["num_records"], newest_s)
        return [parts[key] for key in sorted(parts)]


def manifest(rows: pa.Table) -> str:
    """Return the SHA-256 of rows as `Snapshot.rows` orders them: columns, types and values."""
    whole = hashlib.sha256(repr([(field.name, str(field.type)) for field in rows.schema]).encode())
    for name in rows.column_names:
        values: Any = rows[name].to_numpy()
        whole.update("\0".join(values).encode() if values.dtype == object else np.ascontiguousarray(values).tobytes())
    return whole.hexdigest()
