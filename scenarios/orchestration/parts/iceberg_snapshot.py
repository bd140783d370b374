"""An Iceberg table with snapshot isolation: rows that another commit added meanwhile do not count as a conflict.

Two backfills that find a part empty both leave their rows in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gateway_sim.scenarios.orchestration.parts import iceberg
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

if TYPE_CHECKING:
    import pyarrow as pa

port = "dataset"
needs = "pyiceberg"
extra = "iceberg"

PROPERTIES = iceberg.PROPERTIES | {
    "write.delete.isolation-level": "snapshot",
    "write.update.isolation-level": "snapshot",
}


def make(sandbox: Sandbox[Any], *, name: str, columns: pa.Schema, by: Sequence[str]) -> iceberg.IcebergTable:
    """Make a client of a table in the sandbox's catalog, with snapshot isolation."""
    return iceberg.table_of(sandbox, name, columns, by, PROPERTIES)
