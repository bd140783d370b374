"""An Iceberg table through pyiceberg, with serializable isolation, which is its default: a commit is validated.

A commit that another one overtook is planned again on the newest snapshot, unless that one wrote where this one
replaces: then it is refused. The catalog is a SQLite file in the sandbox's folder, beside the tables.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

if TYPE_CHECKING:
    import pyarrow as pa

port = "dataset"
needs = "pyiceberg"
extra = "iceberg"

NAMESPACE = "lab"
PROPERTIES = {
    # tries follow each other at once: a part's call takes no virtual time, and should take little real time
    "commit.retry.min-wait-ms": "1",
    "commit.retry.max-wait-ms": "2",
}


class IcebergTable:
    """A table of a catalog."""

    def __init__(self, catalog: Any, name: str) -> None:
        self._catalog = catalog
        self._name = name

    def open(self) -> IcebergSnapshot:
        """Load the table as it is now."""
        return IcebergSnapshot(self._catalog.load_table(f"{NAMESPACE}.{self._name}"))


class IcebergSnapshot:
    """A loaded table."""

    def __init__(self, table: Any) -> None:
        self._table = table

    @property
    def version(self) -> int:
        """Return the number of the snapshot, which Iceberg calls its sequence number."""
        return int(self._table.metadata.last_sequence_number)

    def replace(self, rows: pa.Table, part: str) -> None:
        """Overwrite a part. Raises `WriteConflict`."""
        from pyiceberg.exceptions import CommitFailedException, ValidationException

        from gateway_sim.control_plane.data.datasets import WriteConflict

        # it tells of each commit that it plans again
        logging.getLogger("pyiceberg.table").setLevel(logging.ERROR)
        with warnings.catch_warnings():
            # a part that is empty yet
            warnings.filterwarnings("ignore", "Delete operation did not match any records")
            try:
                self._table.overwrite(rows, overwrite_filter=part)
            except (CommitFailedException, ValidationException) as conflict:
                raise WriteConflict(f"{part} was written since snapshot {self.version}: {conflict}") from conflict

    def rows(self) -> pa.Table:
        """Read all rows."""
        found = self._table.scan().to_arrow()
        return found.sort_by([(name, "ascending") for name in found.column_names])


def make(sandbox: Sandbox[Any], *, name: str, columns: pa.Schema, by: Sequence[str]) -> IcebergTable:
    """Make a client of a table in the sandbox's catalog, with serializable isolation."""
    return table_of(sandbox, name, columns, by, PROPERTIES)


def table_of(
    sandbox: Sandbox[Any], name: str, columns: pa.Schema, by: Sequence[str], properties: Mapping[str, str]
) -> IcebergTable:
    """Return a client of a table; the first call creates it with these properties."""
    from pyiceberg.catalog.sql import SqlCatalog

    place = sandbox.folder / "iceberg"
    place.mkdir(exist_ok=True)
    catalog = SqlCatalog("lab", uri=f"sqlite:///{place}/catalog.db", warehouse=f"file://{place}/tables")
    catalog.create_namespace_if_not_exists(NAMESPACE)
    if not catalog.table_exists(f"{NAMESPACE}.{name}"):
        table = catalog.create_table(f"{NAMESPACE}.{name}", schema=columns, properties=dict(properties))
        with table.update_spec() as spec:
            for column in by:
                spec.add_identity(column)
    return IcebergTable(catalog, name)
