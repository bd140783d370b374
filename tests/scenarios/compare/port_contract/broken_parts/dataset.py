"""Tables of a dataset, each with one defect."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from gateway_sim.control_plane.data.datasets import WriteConflict
from gateway_sim.scenarios.orchestration.ports import dataset
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from tests.scenarios.compare.port_contract.defect import Defect


class BrokenTable:
    """A table of Delta whose snapshots have one defect; `late`: a snapshot is that of the moment of its use."""

    def __init__(self, sandbox: Sandbox[Any], name: str, columns: Any, by: Sequence[str], defect: str) -> None:
        self._table: Any = dataset.own(sandbox, name=name, columns=columns, by=by)
        self._defect = defect
        self._first: Any = None

    def open(self) -> "BrokenSnapshot":
        """Open a snapshot."""
        snapshot = self._table.open()
        self._first = self._first or snapshot
        return BrokenSnapshot(self._table, self._first if self._defect == "opens-once" else snapshot, self._defect)


class BrokenSnapshot:
    """A snapshot with a defect."""

    def __init__(self, table: Any, snapshot: Any, defect: str) -> None:
        self._table = table
        self._snapshot = snapshot
        self._defect = defect
        self._found_empty = snapshot.rows().num_rows == 0

    @property
    def version(self) -> int:
        """Return the version."""
        return int(self._snapshot.version)

    def replace(self, rows: Any, part: str) -> None:
        """Replace a part."""
        match self._defect:
            case "writes-nowhere":
                return
            case "appends":
                self._snapshot.append(rows)
            case "whole-day":
                self._snapshot.replace(rows, "date = 'day-1'")
            case "overwrites-rows" if not self._found_empty:
                self._table.open().replace(rows, part)
            case "overwrites-nothing" if self._found_empty:
                self._table.open().replace(rows, part)
            case "writes-and-refuses":
                try:
                    self._snapshot.replace(rows, part)
                except WriteConflict:
                    self._table.open().replace(rows, part)
                    raise
            case "locks-the-table":
                if self._table.open().version != self._snapshot.version:
                    raise WriteConflict("the table was written")
                self._snapshot.replace(rows, part)
            case _:
                self._snapshot.replace(rows, part)

    def rows(self) -> Any:
        """Read the rows."""
        return (self._table.open() if self._defect == "late" else self._snapshot).rows()


def _of_dataset(defect: str, saw: str) -> Defect:
    def make(sandbox: Sandbox[Any], *, name: str, columns: Any, by: Sequence[str]) -> BrokenTable:
        return BrokenTable(sandbox, name, columns, by, defect)

    return Defect(make, saw)


class BornWithRows(BrokenTable):
    """Has rows before there are any."""

    def __init__(self, sandbox: Sandbox[Any], name: str, columns: Any, by: Sequence[str]) -> None:
        super().__init__(sandbox, name, columns, by, "")
        row = {"date": ["day-0"], "city": [0], "row": [0], "y": [0]}
        self._table.open().append(pa.table(row, schema=columns))


DEFECTS = {
    "empty-at-first": Defect(BornWithRows, "had 1 rows"),
    "a-write-is-read": _of_dataset("writes-nowhere", "read [] after"),
    "a-part-is-replaced": _of_dataset("appends", "read [(1, 7), (1, 8), (1, 7), (1, 8)]"),
    "other-parts-stay": _of_dataset("whole-day", "read [(2, 7), (2, 7)]"),
    "an-old-write-is-refused": _of_dataset("overwrites-rows", "wrote, and the table has [(1, 8), (1, 8)]"),
    "an-empty-part-has-one-writer": _of_dataset("overwrites-nothing", "wrote, and the table has [(1, 8), (1, 8)]"),
    "a-refusal-changes-nothing": _of_dataset("writes-and-refuses", "read [(1, 8), (1, 8)] after the refusal"),
    "refused-and-again": _of_dataset("opens-once", "did not refuse the write"),
    "different-parts-do-not-conflict": _of_dataset("locks-the-table", "refused a write to a part"),
    "a-snapshot-stays": _of_dataset("late", "read [8, 8]"),
}
"""The defect of each clause."""
