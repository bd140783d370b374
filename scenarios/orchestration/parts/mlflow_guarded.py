"""MLflow's model registry behind a conditional row: the row decides who moves the alias, and counts the moves.

A move is one conditional write of the row. Then the alias is set, and the row is read again until both agree, so a
mover that is slow between the two does not leave an older version behind. A reader that finds the alias behind the row,
because its mover died in between, sets it. The row may be any store's with a conditional write, such as a table in
MLflow's own database; here it is an item in DynamoDB.
"""

from typing import Any

from gateway_sim.control_plane.models.promotion import Tag, Version
from gateway_sim.control_plane.models.registry import TagWasMoved
from gateway_sim.control_plane.named_items import NamedItems
from gateway_sim.scenarios.orchestration.parts import mlflow
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

port = "registry"
needs = "mlflow"
extra = "mlflow"

TABLE = "mlflow-aliases"


class GuardedRegistry:
    """An `MlflowRegistry` whose alias follows a row of its own."""

    def __init__(self, behind: mlflow.MlflowRegistry, rows: NamedItems) -> None:
        self._behind = behind
        self._rows = rows

    def register(self, version: Version) -> None:
        """Add a version."""
        self._behind.register(version)

    def tag(self) -> Tag | None:
        """Return what the row says, after setting an alias that is behind it."""
        row = self._row()
        if row is not None:
            self._follow()
        return row

    def move_tag(self, version: int, read: Tag | None) -> Tag:
        """Write the row if it still is what was read, then set the alias. Raises as the port says."""
        score = self._behind.known(version)
        tag = Tag(version, score, read.token + 1 if read else 1)
        item = {"version": {"N": str(version)}, "score": {"N": repr(score)}, "token": {"N": str(tag.token)}}
        condition = "#token = :read" if read else "attribute_not_exists(#name)"
        values = {":read": {"N": str(read.token)}} if read else None
        if not self._rows.put(self._behind.model, item, condition, values):
            raise TagWasMoved(f"the tag of {self._behind.model} was moved; version {version} was not promoted")
        self._follow()
        return tag

    def _follow(self) -> None:
        """Set the alias to what the row names, until it names that still when the alias is set."""
        while (row := self._row()) is not None and self._behind.alias() != row.version:
            self._behind.set_alias(row.version)

    def _row(self) -> Tag | None:
        item = self._rows.get(self._behind.model)
        if item is None:
            return None
        return Tag(int(item["version"]["N"]), float(item["score"]["N"]), int(item["token"]["N"]))


def make(sandbox: Sandbox[Any], *, model: str) -> GuardedRegistry:
    """Make a guarded client of the sandbox's MLflow registry."""
    return GuardedRegistry(mlflow.make(sandbox, model=model), NamedItems(*sandbox.table(TABLE)))
