"""What a fault must offer, so that a world can inject it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from scenarios.world.builder import World


class Fault(Protocol):
    """Something that takes hold of a world and lets go of it again."""

    name: ClassVar[str]

    @property
    def for_s(self) -> float | None:
        """How long the fault lasts, in seconds; None: until the world ends."""
        ...

    def begin(self, world: World) -> None:
        """Take hold."""
        ...

    def end(self, world: World) -> None:
        """Let go."""
        ...
