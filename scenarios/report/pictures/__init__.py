"""Pictures of the orchestration stories, a file for each story, named like it with underscores.

How to add one: write `pictures/<story>.py` with `draw(runs)`, which yields a `Figure` for each picture. `runs` are runs
with traces of one seed in the variants broken, half-fixed and fixed, in this order; `panels` yields a picture for each.
`plot.Plot` has axes, bars, lines and areas. `page.page` writes the page around the pictures.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.orchestration.workloads.events import RunResumed
from gateway_sim.scenarios.report.pictures.plot import Plot, Point
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.sim import registry

_INKS = ("blue", "orange", "green", "red", "sky", "purple", "brown", "grey", "pale")
INK = {name: f"var(--{name})" for name in _INKS}
"""Colours of the stylesheet, distinct for colour-blind people; red is only for damage."""

VARIANT_INK = {"broken": INK["red"], "half-fixed": INK["orange"], "fixed": INK["green"]}
VARIANT_WIDTH = {"broken": 5.0, "half-fixed": 3.5, "fixed": 1.5}
"""Lines that lie on each other stay visible: a variant that is drawn later has a thinner line."""


@dataclass(frozen=True)
class Figure:
    """A caption that explains the picture, and the picture as an `<svg>` element."""

    caption: str
    svg: str


Runs = Sequence[RunResult]
Figures = Iterator[Figure]


def names() -> list[str]:
    """Return the names of the stories that have pictures, in alphabetical order."""
    return sorted(set(registry.names(__name__)) & set(stories.names()))


def figures(runs: Runs) -> list[Figure]:
    """Return the pictures of a story's runs; an empty list for a story without a file here."""
    name = runs[0].race
    if name not in names():
        return []
    drawn: Figures = registry.load(__name__, name).draw(runs)
    return list(drawn)


def variant(run: RunResult) -> str:
    """Return a run's variant of its story."""
    return run.settings["variant"]


def panels(runs: Runs, caption: str, svg: Callable[[RunResult], str]) -> Figures:
    """Yield a picture for each variant; its caption begins with the variant's name."""
    for run in runs:
        yield Figure(f"{variant(run)}: {caption}", svg(run))


def variant_line(plot: Plot, run: RunResult, points: Sequence[Point], label: str = "") -> None:
    """Draw a variant's line into a plot that has the lines of several, by its own name or by `label`."""
    name = variant(run)
    plot.line(points, VARIANT_INK[name], label=label or name, width=VARIANT_WIDTH[name])


def progress(run: RunResult, kind: type, *, unit_s: float = 1.0, stairs: bool = False) -> list[Point]:
    """Return the `step` of the events of a kind over time; the line falls where the run resumes.

    With `stairs` the line is level between two events.
    """
    points: list[Point] = []
    for entry in run.trace.of(kind, RunResumed):
        at = entry.at_s / unit_s
        if points and (stairs or isinstance(entry.event, RunResumed)):
            points.append((at, points[-1][1]))
        points.append((at, float(entry.event.step)))
    return points


__all__ = ["INK", "VARIANT_INK", "VARIANT_WIDTH", "Figure", "Figures", "Plot", "Point", "RunResult", "Runs", "figures",
           "names", "panels", "progress", "variant", "variant_line"]  # fmt: skip
