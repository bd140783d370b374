"""Mutations: one part of the system broken on purpose, one a file, with the races and promises that must notice.

How to add one: write `mutations/<what_is_broken>.py` with

* a docstring whose first line says what the broken part does,
* `part`: which part it is, as in "gateway" or "gateway policy hold",
* `guards`: the `Guard`s, each a race and a pair that keeps it while the part is whole, and the promise that must say so
  once it is broken,
* `break_it(put)`: break the part at one door; `put(owner, name, value)` replaces an attribute, and gives it back.

No list needs editing: the folder is the registry, `gateway-sim mutants` plays all of it. What nothing breaks guards
nothing: the tests ask for a mutation of every race, promise and policy.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

from scenarios.mutations.guard import Guard, Put


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
    return sorted(info.name.replace("_", "-") for info in pkgutil.iter_modules(__path__) if info.name != "guard")


def load(name: str) -> Mutation:
    """Load the mutation of this name; it must be one of `names()`."""
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    summary = (module.__doc__ or "").strip().splitlines()[0]
    return Mutation(name, summary, module.part, module.guards, module.break_it)
