"""Mutations: one part of the system broken on purpose, one a file, with the races and promises that must notice.

How to add one: write `mutations/<what_is_broken>.py` with

* a docstring whose first line says what the broken part does,
* `part`: which part it is, as in "gateway" or "gateway policy hold",
* `guards`: the `Guard`s, each a race and a pair that keeps it while the part is whole, and the promise that must say so
  once it is broken,
* `break_it`, decorated with `@replacing(owner, "name")`: what takes the place of that attribute. It gets the attribute
  as its first argument, then the arguments of the call. A mutation of more than one attribute has `break_it(put)`
  instead, which calls `put(owner, name, value)` for each; all are restored afterwards.

No list needs editing: the folder is the registry, `gateway-sim mutants` plays all of it. Every race, promise and policy
must be killed by at least one mutation; a test enforces it.
"""

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from scenarios.run.matrix import PROPOSED
from scenarios.sim import registry
from scenarios.world.builder import World

Put = Callable[[Any, str, object], None]
Whole = Callable[..., Any]
"""The attribute that a mutation replaces."""
Story = Callable[[World], Awaitable[None]]

TUNED = PROPOSED.settings
"""What route-not-ready needs to be kept (docs/reference/protocol.md §4.3)."""


def replacing(owner: Any, name: str) -> Callable[[Callable[..., Any]], Callable[[Put], None]]:
    """Make of a function what breaks a part: the function replaces `owner.name`, and gets it as its first argument."""

    def breaking(function: Callable[..., Any]) -> Callable[[Put], None]:
        def break_it(put: Put) -> None:
            whole = getattr(owner, name)
            put(owner, name, lambda *args, **named: function(whole, *args, **named))

        return break_it

    return breaking


async def as_told(world: World, story: Story) -> None:
    """Play the race as it is."""
    await story(world)


@dataclass(frozen=True)
class Guard:
    """A race that this pair keeps while all parts are whole, and the promise that must be broken with the mutation.

    `world` plays the race in a world of its own. `prevents` is for a part so broken that the race does not take place,
    which the verdict must say instead.
    """

    race: str
    client: str
    gateway: str
    promise: str
    settings: Mapping[str, str] = field(default_factory=dict)
    world: Callable[[World, Story], Awaitable[None]] = as_told
    prevents: bool = False


@dataclass(frozen=True)
class Mutation:
    """A mutation as its file tells it."""

    name: str
    summary: str
    part: str
    guards: Sequence[Guard]
    break_it: Callable[[Put], None]

    @contextlib.contextmanager
    def broken(self) -> Iterator[None]:
        """Keep the part broken for the length of a `with`."""
        with contextlib.ExitStack() as kept:

            def put(owner: Any, name: str, value: object) -> None:
                kept.enter_context(mock.patch.object(owner, name, value))

            self.break_it(put)
            yield


def names() -> list[str]:
    """Return the names of all mutations, in alphabetical order."""
    return registry.names(__name__)


def load(name: str) -> Mutation:
    """Load the mutation of this name; it must be one of `names()`."""
    module = registry.load(__name__, name)
    return Mutation(name, registry.summary(module), module.part, module.guards, module.break_it)
