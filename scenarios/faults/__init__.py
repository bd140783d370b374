"""What can go wrong, one fault a file.

How to add one: write `faults/<name>.py` with a frozen dataclass that has a `name`, a length `for_s` (None: until the
world ends) and the two verbs `begin(world)` and `end(world)`. `world.inject(fault)` does the rest, and the trace tells
when it took hold and when it ended. The class's docstring is what `gateway-sim list` prints.
"""

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
