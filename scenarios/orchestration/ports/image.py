"""A registry of images, and what a reference to one resolves to: a tag to the image pushed last, a digest to its own.

A part is made by `make(sandbox)`; parts that are made in one sandbox are clients of one registry. A reference is
`repository:tag` or `repository@digest`. The contents of images are texts, and a digest is any text that names one.
"""

from collections.abc import Callable
from typing import Any, Protocol

from gateway_sim.control_plane.events import ImageTagged
from gateway_sim.control_plane.models.environments import Environments
from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox

NAME = "image"
TABLE = "environments"


class ImageRegistry(Protocol):
    """Images by tag and by digest; an image that is not there is an `UnknownImage`."""

    def push(self, tag: str, content: str) -> str:
        """Keep an image of this content, let `repository:tag` name it, and return its digest."""
        ...

    def resolve(self, reference: str) -> str:
        """Return the digest that a reference means now. Raises `UnknownImage`."""
        ...

    def content(self, repository: str, digest: str) -> str:
        """Return the content of an image that was ever pushed to this repository. Raises `UnknownImage`."""
        ...


protocol = ImageRegistry


class PartImages(Environments):
    """A user's registry of images, which reports what was pushed."""

    def __init__(self, part: ImageRegistry, *, emit: Callable[[object], None]) -> None:
        super().__init__(None, TABLE, emit=emit)
        self._part = part

    def push(self, tag: str, content: str) -> str:
        """Push an image to the part."""
        digest = self._part.push(tag, content)
        self._emit(ImageTagged(tag, digest))
        return digest

    def resolve(self, reference: str) -> str:
        """Resolve a reference by the part."""
        return self._part.resolve(reference)

    def content(self, repository: str, digest: str) -> str:
        """Return the content of an image of the part."""
        return self._part.content(repository, digest)


def made(sandbox: Sandbox[Any]) -> Environments:
    """Return the registry of images: the user's part, or this project's."""
    if (make := sandbox.parts.get(NAME)) is None:
        return Environments(*sandbox.table(TABLE), emit=sandbox.emit)
    return PartImages(make(sandbox), emit=sandbox.emit)


def probe(make: Make, sandbox: Sandbox[Any]) -> object:
    """Make a registry of images."""
    return make(sandbox)


def own(sandbox: Sandbox[Any]) -> ImageRegistry:
    """Make this project's registry of images, as a part, which reports nothing."""
    return Environments(*sandbox.table(TABLE), emit=lambda event: None)
