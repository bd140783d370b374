"""The model registry: the versions of one model, and the production tag that names one of them.

A part is made by `make(sandbox, model=...)`. Parts of one model that are made in one sandbox are clients of one
registry: each sees what the others wrote. What serves a model is not the registry's to know; deployments are this
project's own.
"""

from typing import Any, Protocol

from gateway_sim.control_plane.events import TagMoved, TagMoveRefused, VersionRegistered
from gateway_sim.control_plane.models.promotion import Tag, Version
from gateway_sim.control_plane.models.registry import Registry, TagWasMoved
from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox

NAME = "registry"


class ModelRegistry(Protocol):
    """The versions of one model and its production tag."""

    def register(self, version: Version) -> None:
        """Add a version; one of this number stays as it is. Stories register 1, 2, 3, ... in this order."""
        ...

    def tag(self) -> Tag | None:
        """Return the production tag as it is now; None if it has never been set."""
        ...

    def move_tag(self, version: int, read: Tag | None) -> Tag:
        """Move the tag to this version if it still is `read`, and return it with a token that no earlier move had.

        Raises `UnknownVersion`, and `TagWasMoved` where another move came first; nothing is written then. Tokens grow,
        because they fence deploys.
        """
        ...


protocol = ModelRegistry


class PartRegistry(Registry):
    """A user's registry beside this project's deployments; it reports what the registry did."""

    def __init__(self, part: ModelRegistry, client: Any, table: str, model: str, sandbox: Sandbox[Any]) -> None:
        super().__init__(client, table, model, emit=sandbox.emit)
        self._part = part

    def register(self, version: Version) -> None:
        """Add a version."""
        self._part.register(version)
        self._emit(VersionRegistered(self.model, version.version, version.digest, version.score))

    def tag(self) -> Tag | None:
        """Return the part's tag."""
        return self._part.tag()

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the part's tag. Unless `locked`, the decision was made on an old read, and the move is not."""
        try:
            tag = self._part.move_tag(version, read if locked else self._part.tag())
        except TagWasMoved:
            self._emit(TagMoveRefused(self.model, version, read.token if read else 0))
            raise
        self._emit(TagMoved(self.model, tag.version, tag.token))
        return tag


def made(sandbox: Sandbox[Any], model: str) -> Registry:
    """Return the registry of a model: the user's part, or this project's."""
    client, table = sandbox.table(NAME)
    if (make := sandbox.parts.get(NAME)) is None:
        return Registry(client, table, model, emit=sandbox.emit)
    return PartRegistry(make(sandbox, model=model), client, table, model, sandbox)


def probe(make: Make, sandbox: Sandbox[Any]) -> object:
    """Make a registry of a model that no story has."""
    return make(sandbox, model="probe")


def own(sandbox: Sandbox[Any], *, model: str) -> ModelRegistry:
    """Make this project's registry, as a part, which reports nothing."""
    return Registry(*sandbox.table(NAME), model, emit=lambda event: None)
