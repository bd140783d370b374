"""A part with one defect for each clause of each port, a port a file, and what is seen of it."""

from collections.abc import Mapping

from tests.scenarios.compare.port_contract.broken_parts import (
    checkpoints,
    dataset,
    gate,
    image,
    limit,
    loader,
    lock,
    registry,
    scheduler,
)
from tests.scenarios.compare.port_contract.defect import Defect

BROKEN: Mapping[str, Mapping[str, Defect]] = {
    "checkpoints": checkpoints.DEFECTS,
    "dataset": dataset.DEFECTS,
    "gate": gate.DEFECTS,
    "image": image.DEFECTS,
    "limit": limit.DEFECTS,
    "loader": loader.DEFECTS,
    "lock": lock.DEFECTS,
    "registry": registry.DEFECTS,
    "scheduler": scheduler.DEFECTS,
}
"""The defect of each clause, by port and clause."""
