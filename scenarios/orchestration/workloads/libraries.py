"""A library of pictures in four releases, and the job that imports it from an image's own folder of packages.

An image's content is the library's source. It is written to a folder and imported from there, so what a release lacks
fails as it does anywhere: at the import.
"""

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

LIBRARY, JOB = "gateway_sim_story_pixels", "gateway_sim_story_job"
"""The names of the library and of the job's module, which no installed package has."""

_AVERAGES = """
    side = pictures.shape[-1] // size
    return pictures.reshape(-1, size, side, size, side).mean(axis=(2, 4)).reshape(len(pictures), -1)
"""
_PICKS = """
    side = pictures.shape[-1] // size
    return pictures[:, ::side, ::side].reshape(len(pictures), -1)
"""
_CHECKS = """
    if pictures.shape[-1] % size:
        raise ValueError(f"pictures of {pictures.shape[-1]} pixels cannot be made {size} wide")"""

RELEASES = {
    "1.4.0": f"def resize(pictures, size):{_AVERAGES}",
    "1.4.1": f"def resize(pictures, size):{_CHECKS}{_AVERAGES}",
    "1.5.0": f"def resize(pictures, size):{_CHECKS}{_PICKS}",
    "2.0.0": f"def scale(pictures, size):{_CHECKS}{_AVERAGES}",
}
"""A release, its source: 1.4.1 checks its arguments, 1.5.0 takes one pixel of each block, 2.0.0 has no `resize`."""

SCRIPT = f"from {LIBRARY} import resize\n\ndef features(pictures):\n    return resize(pictures, 16)\n"
"""The job, which was written for 1.4.0."""


def content(release: str) -> str:
    """Return the content of the image with this release: the library's source."""
    return f'__version__ = "{release}"\n\n{RELEASES[release]}'


def features_in(folder: Path, image: str) -> Callable[[Array], Array]:
    """Return the job's function, with the library of an image of this content unpacked to `folder`.

    Raises what importing the job there raises.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{LIBRARY}.py").write_text(image, encoding="utf-8")
    (folder / f"{JOB}.py").write_text(SCRIPT, encoding="utf-8")
    with _packages_of(folder):
        features: Callable[[Array], Array] = importlib.import_module(JOB).features
    return features


@contextlib.contextmanager
def _packages_of(folder: Path) -> Iterator[None]:
    """Let imports look into this folder first, and forget afterwards what they found there."""
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in (LIBRARY, JOB):
            sys.modules.pop(name, None)
