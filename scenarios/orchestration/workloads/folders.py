"""A table that is only folders of files: an overwrite removes the files that it saw, puts its own, and checks nothing.

That is how a table is written where no format has commits. Needs pyarrow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from control_plane.events import DatasetWritten


class Folders:
    """The table `name` in a folder of tables, with a folder for each part; files are numbered as they are written."""

    def __init__(self, folder: Path, name: str, *, emit: Callable[[object], None]) -> None:
        self.name = name
        self._folder = folder / name
        self._emit = emit
        self._files = 0

    def seen(self, part: str) -> list[Path]:
        """Return the files that a part has now: what an overwrite that is planned now will remove."""
        return sorted((self._folder / part).glob("*.parquet"))

    def overwrite(self, pieces: Mapping[str, pa.Table], seen: list[Path]) -> None:
        """Put these rows into their parts and remove the files that were seen, whoever has removed or put any since."""
        for part, rows in pieces.items():
            self._files += 1
            (self._folder / part).mkdir(parents=True, exist_ok=True)
            pq.write_table(rows, self._folder / part / f"{self._files:06d}.parquet")
            self._emit(DatasetWritten(self.name, self._files, part, rows.num_rows))
        for file in seen:
            file.unlink(missing_ok=True)

    def rows(self) -> pa.Table:
        """Return every row, in the order of all its columns."""
        found = pa.concat_tables(
            [pq.read_table(file, partitioning=None) for file in sorted(self._folder.glob("**/*.parquet"))]
        )
        return found.sort_by([(name, "ascending") for name in found.column_names])
