"""Preprocessing of pictures: a call whose result differs between library versions, and its recipe in an image."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

Array = np.ndarray[Any, np.dtype[np.float32]]


MODES = ("bilinear", "bicubic", "area", "nearest")


@dataclass(frozen=True)
class Resize:
    """How pictures are made smaller: torch's `mode`, and whether it weighs every pixel ("bilinear" and "bicubic").

    Without `antialias`, these two ignore most pixels of a large picture.
    """

    mode: str
    antialias: bool = False

    def __post_init__(self) -> None:
        """Refuse what torch cannot do. Raises `ValueError`."""
        if self.mode not in MODES:
            raise ValueError(f"the resize mode is {self.mode!r}; it must be one of {', '.join(MODES)}")
        if self.antialias and self.mode not in MODES[:2]:
            raise ValueError(f"the mode {self.mode} has no antialias")

    def written(self) -> str:
        """Return the recipe as the content of an image: JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def read(content: str) -> "Resize":
        """Return the recipe that an image holds. Raises `ValueError`."""
        try:
            return Resize(**json.loads(content))
        except TypeError as wrong:
            raise ValueError(f"an image with the content {content!r} holds no resize") from wrong


def resized(pictures: Any, size: int, resize: Resize) -> Array:
    """Return square pictures (n, side, side) made `size` wide and flattened (n, size * size)."""
    with torch.no_grad():
        stacked = torch.from_numpy(np.ascontiguousarray(pictures, dtype=np.float32)).unsqueeze(1)
        small = functional.interpolate(stacked, size=size, mode=resize.mode, antialias=resize.antialias)
    flat: Array = small.flatten(1).numpy()
    return flat


def fingerprint(made: Array) -> str:
    """Return the SHA-256 of preprocessed pictures."""
    return hashlib.sha256(np.ascontiguousarray(made).tobytes()).hexdigest()
