"""The protocol of a fault that a world can inject."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from gateway_sim.scenarios.world.builder import World

Undo = Callable[[], None]
"""Reverts the changes of one `begin`; called once."""


class Fault(Protocol):
    """A failure in a world, for a limited time or until it is lifted."""

    name: ClassVar[str]

    @property
    def for_s(self) -> float | None:
        """The fault's duration in seconds; None: until the world lifts it, or ends."""
        ...

    def begin(self, world: World) -> Undo:
        """Start the fault, and return its undo."""
        ...
