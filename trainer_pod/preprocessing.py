"""Preprocessing of pictures: a call whose result differs between library versions."""

import hashlib
from typing import Any

import numpy as np
import torch
from torch.nn import functional

Array = np.ndarray[Any, np.dtype[np.float32]]


def resized(pictures: Any, size: int, *, antialias: bool) -> Array:
    """Return square pictures (n, side, side) made `size` wide and flattened (n, size * size).

    Without `antialias`, most pixels of a large picture are ignored.
    """
    with torch.no_grad():
        stacked = torch.from_numpy(np.ascontiguousarray(pictures, dtype=np.float32)).unsqueeze(1)
        small = functional.interpolate(stacked, size=size, mode="bilinear", antialias=antialias)
    flat: Array = small.flatten(1).numpy()
    return flat


def fingerprint(made: Array) -> str:
    """Return the SHA-256 of preprocessed pictures."""
    return hashlib.sha256(np.ascontiguousarray(made).tobytes()).hexdigest()
