"""Mutations: one part of the system broken on purpose, one a file, with the races and promises that must catch it.

How to add one: write `mutations/<what_is_broken>.py` with

* a docstring whose first line says what the broken part does,
* `part`: which part it is, as in "gateway" or "gateway policy hold",
* `guards`: the `Guard`s, each a race, a pair that keeps it while the part is intact, and the promise that the broken
  part must break; or `StoryGuard`s, each a story of orchestration whose fixed variant is kept while the part is intact,
* `break_it`, in one of three forms: `returning(owner, "name", value)`; a function decorated with
  `@replacing(owner, "name")`, which gets the replaced attribute as its first argument, then the arguments of the call;
  or, for more than one attribute, a function `break_it(put)` that calls `put(owner, name, value)` for each. All
  attributes are restored afterwards.

No list needs editing: the folder is the registry, `gateway-sim mutants` plays all of it. Every race, every promise of a
race or a story, and every policy must be killed by at least one mutation; a test enforces it.
"""

import contextlib
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.run.matrix import PROPOSED
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.world.builder import World

Put = Callable[[Any, str, object], None]
Original = Callable[..., Any]
"""The attribute that a mutation replaces."""
Story = Callable[[World], Awaitable[None]]

TUNED = PROPOSED.settings
"""What route-not-ready needs to be kept (docs/reference/protocol.md §4.3)."""


def replacing(owner: Any, name: str) -> Callable[[Callable[..., Any]], Callable[[Put], None]]:
    """Return a decorator that makes a function replace `owner.name`, which it gets as its first argument."""

    def breaking(function: Callable[..., Any]) -> Callable[[Put], None]:
        def break_it(put: Put) -> None:
            original = getattr(owner, name)
            put(owner, name, lambda *args, **named: function(original, *args, **named))

        return break_it

    return breaking


def returning(owner: Any, name: str, value: object) -> Callable[[Put], None]:
    """Return the `break_it` that makes `owner.name`, a function or a coroutine, do nothing but return `value`."""
    is_async = inspect.iscoroutinefunction(getattr(owner, name))
    replacement = mock.AsyncMock if is_async else mock.Mock
    return lambda put: put(owner, name, replacement(return_value=value))


async def as_written(world: World, story: Story) -> None:
    """Play the race unchanged."""
    await story(world)


@dataclass(frozen=True)
class Guard:
    """A race that this pair keeps while all parts are intact, and the promise that the mutation must break.

    `world` plays the race in a changed world. With `prevents` the broken part keeps the race from taking place, so the
    verdict must be "not_exercised" instead of "broken".
    """

    race: str
    client: str
    gateway: str
    promise: str
    settings: Mapping[str, str] = field(default_factory=dict)
    world: Callable[[World, Story], Awaitable[None]] = as_written
    prevents: bool = False


@dataclass(frozen=True)
class StoryGuard:
    """A story that this `variant` keeps while all parts are intact, and the promise that the mutation must break.

    It is played with each of the `seeds`, and every one of them must catch the broken part. With `prevents` the broken
    part keeps the story from taking place, so the verdict must be "not_exercised" instead of "broken".
    """

    race: str
    promise: str
    variant: str = "fixed"
    settings: Mapping[str, str] = field(default_factory=dict)
    seeds: Sequence[int] = (0, 1)
    prevents: bool = False

    @property
    def missing(self) -> Sequence[str]:
        """The libraries that the story needs and that are not installed."""
        return stories.load(self.race).missing()


@dataclass(frozen=True)
class Mutation:
    """The contents of a mutation's file."""

    name: str
    summary: str
    part: str
    guards: Sequence[Guard | StoryGuard]
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
    """Return the mutation of this name; it must be one of `names()`."""
    module = registry.load(__name__, name)
    return Mutation(name, registry.summary(module), module.part, module.guards, module.break_it)
