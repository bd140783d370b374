"""A table of a dataset: versions, and writes that replace a part of it.

A part is made by `make(sandbox, name=..., columns=..., by=...)`: the name of the table, its pyarrow schema, and the
columns that it is partitioned by. Parts of one name that are made in one sandbox are clients of one table, which the
first of them creates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "dataset"


class Snapshot(Protocol):
    """A table as it was when it was opened; its writes are checked against what came since."""

    @property
    def version(self) -> int:
        """Return a number that grows with each write to the table."""
        ...

    def replace(self, rows: pa.Table, part: str) -> None:
        """Replace all rows that match `part` by these, in one commit.

        `part` is a predicate in SQL over the columns that the table is partitioned by, such as "date = 'day-1' AND
        city >= 2 AND city < 4". Raises `WriteConflict` (of `gateway_sim.control_plane.data.datasets`), and writes
        nothing, where the part was written since the snapshot was opened.
        """
        ...

    def rows(self) -> pa.Table:
        """Return every row, ordered by all columns from the first."""
        ...


class Table(Protocol):
    """A table of which a client opens snapshots."""

    def open(self) -> Snapshot:
        """Return a snapshot of the newest version."""
        ...


protocol = Table


def made(sandbox: Sandbox[Any], name: str, columns: pa.Schema, by: Sequence[str]) -> Table | None:
    """Return the user's table; None without one, where the variant of the story chooses a table of this project."""
    make = sandbox.parts.get(NAME)
    table: Table | None = make(sandbox, name=name, columns=columns, by=by) if make else None
    return table


def probe(make: Make, sandbox: Sandbox[Any]) -> object:
    """Make a table that no story has."""
    import pyarrow as pa

    columns = pa.schema([("date", pa.string()), ("city", pa.int32()), ("row", pa.int32())])
    return make(sandbox, name="probe", columns=columns, by=["date", "city"])


def own(sandbox: Sandbox[Any], *, name: str, columns: pa.Schema, by: Sequence[str]) -> Table:
    """Make this project's table, which is of Delta, as a part, which reports nothing."""
    from gateway_sim.control_plane.data.datasets import Dataset

    table = Dataset(sandbox.folder, name, emit=lambda event: None)
    if not (sandbox.folder / name).exists():
        table.create(columns, by=by)
    return table
