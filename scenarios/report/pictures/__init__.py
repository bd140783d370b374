"""Pictures of the scenarios of orchestration, one a file; the file's name is the scenario's, with underscores.

How to add one: write `pictures/<scenario>.py` with `draw(runs)`, which yields a `Figure` for each picture. `runs` are
the same seed in the variants broken, half-fixed and fixed, in this order and with their traces; `plot.Plot` has the
axes, bars, lines and areas. The page around them, with the damage and the closed forms, is `page.page`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scenarios.orchestration import stories
from scenarios.run.result import RunResult
from scenarios.sim import registry

INK = {
    "blue": "#0072b2", "orange": "#e69f00", "green": "#009e73", "red": "#c8322b", "sky": "#56b4e9", "purple": "#8e5a9e",
    "brown": "#7a5230", "grey": "#8a8a8a", "pale": "#e3e3e3",
}  # fmt: skip
"""Colours that colour-blind people tell apart; red is for damage and for nothing else."""

VARIANT_INK = {"broken": INK["red"], "half-fixed": INK["orange"], "fixed": INK["green"]}


@dataclass(frozen=True)
class Figure:
    """A picture: a caption that says what to see in it, and a whole `<svg>` element."""

    caption: str
    svg: str


Draw = Callable[[Sequence[RunResult]], Iterator[Figure]]


def names() -> list[str]:
    """Return the names of the scenarios that have pictures, in alphabetical order."""
    return sorted(set(registry.names(__name__)) & set(stories.names()))


def figures(runs: Sequence[RunResult]) -> list[Figure]:
    """Return the pictures of a scenario's runs; none where nobody has drawn it yet."""
    name = runs[0].race
    if name not in names():
        return []
    draw: Draw = registry.load(__name__, name).draw
    return list(draw(runs))
