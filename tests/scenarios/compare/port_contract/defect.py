"""A part that misses a clause of its port's contract."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Defect:
    """What makes a part that misses a clause, and the words that the miss has."""

    make: Callable[..., Any]
    saw: str
