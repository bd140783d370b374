"""What must notice a mutation: a race, a pair that keeps it, and the promise whose business it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scenarios.world.builder import World

Put = Callable[[Any, str, object], None]
Story = Callable[[World], Awaitable[None]]

TUNED = {"retry_after_s": "1", "hold_poll_s": "1"}
"""What route-not-ready needs to be kept (PROTOCOL §4.3)."""


async def as_told(world: World, story: Story) -> None:
    """Play the race as it is."""
    await story(world)


@dataclass(frozen=True)
class Guard:
    """A race that this pair keeps while all parts are whole, and the promise that must be broken with the mutation.

    `world` tells the race in a world of its own. `prevents` is for a part so broken that it keeps the race from taking
    place, which the verdict must say instead.
    """

    race: str
    client: str
    gateway: str
    promise: str
    settings: Mapping[str, str] = field(default_factory=dict)
    world: Callable[[World, Story], Awaitable[None]] = as_told
    prevents: bool = False
