"""What a fault must offer, so that a world can inject it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from scenarios.world.builder import World

Undo = Callable[[], None]
"""Takes back what one `begin` did; called once."""


class Fault(Protocol):
    """Something that goes wrong in a world for a while."""

    name: ClassVar[str]

    @property
    def for_s(self) -> float | None:
        """How long the fault lasts, in seconds; None: until the world lifts it, or ends."""
        ...

    def begin(self, world: World) -> Undo:
        """Start the fault, and return what undoes it."""
        ...
