"""The page of a story: text by its authors, and between marks what the story itself says and costs.

A page names a part between two marks, and `filled` writes the part between them:

<!-- story: figures -->
<!-- end -->
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gateway_sim.scenarios.compare.setting_sweep import Measured
from gateway_sim.scenarios.compare.story_figures import StoryFigures, VariantFigures
from gateway_sim.scenarios.orchestration.stories import Scenario
from gateway_sim.scenarios.report.story_tables import BESIDE_HEAD, beside_cells
from gateway_sim.scenarios.report.table import Cell, Table
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.sim.registry import summary

PARTS = ("summary", "variants", "parameters", "figures")
REFERENCE = "docs/reference/stories.md"
MARKED = re.compile(r"(<!-- story: (?P<part>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def figures_table(found: StoryFigures) -> Table:
    """Return a row for each variant: the runs that broke a promise, and the damage."""
    rows = [_row(one, found.seeds) for one in found.variants]
    head = ["variant", "runs that break a promise", "mean damage", "least to most", "with seed 0"]
    return Table(head, rows, f"{found.story}: {found.unit}", words=1)


def beside_table(found: StoryFigures) -> Table | None:
    """Return a row for each figure of a variant that has a closed form, a simulation or a reference; None without."""
    rows = [[one.name, *beside_cells(figure)] for one in found.variants for figure in one.beside]
    return Table(["variant", "mean over the seeds", *BESIDE_HEAD], rows, words=2) if rows else None


def agreement(found: StoryFigures) -> str:
    """Return in a sentence whether damage and verdict agree in each run, and which verdicts were not expected."""
    runs = found.seeds * len(found.variants)
    said = f"In each of the {runs} runs damage above 0 goes with a broken promise, and damage 0 with none."
    if found.disagreeing:
        said = f"In {len(found.disagreeing)} of {runs} runs damage and verdict disagree: {_lines(found.disagreeing)}."
    return f"{said} Not as expected: {_lines(found.unexpected)}." if found.unexpected else said


def legend(found: StoryFigures) -> str:
    """Return what the numbers are."""
    if found.seeds == 1:
        return "One seed, so without intervals of the means; the share has Wilson's, 95 %."
    return f"Means over seeds 0 to {found.seeds - 1} with Student's t intervals, shares with Wilson's, all 95 %."


def new_page(story: Scenario) -> str:
    """Return a page of which every part is between marks, for a story that has none."""
    return f"# {story.name}\n" + "".join(f"\n<!-- story: {part} -->\n<!-- end -->\n" for part in PARTS)


def filled(page: str, parts: Mapping[str, str]) -> str:
    """Return the page with these parts between their marks; a part that is not given stays as it is.

    Raises `UnknownWord` for a mark of another name.
    """

    def text(mark: re.Match[str]) -> str:
        part = check("part of a story's page", mark["part"], PARTS)
        return f"{mark[1]}{parts[part].strip()}\n{mark[3]}" if part in parts else mark[0]

    return MARKED.sub(text, page)


def text_parts(story: Scenario, docstring: str, parameters: Table) -> dict[str, str]:
    """Return the parts that need no run: what the story says of itself, and its `parameters` as a table."""
    does = [(name.replace(", ", ", without "), sentence) for name, sentence in story.does.items()]
    held = [f"* {summary(one)}" for one in story.promises]
    origin = story.origin.replace(REFERENCE, f"[{REFERENCE}](../reference/stories.md)")
    full = " ".join(f"`{name}={word}`" for name, word in story.full.items())
    return {
        "summary": docstring,
        "variants": f"## The variants\n\n{Table(['variant', 'what it does'], does).markdown()}\n\n"
        "## What must hold\n\n" + "\n".join(held),
        "parameters": f"## The parameters\n\n{parameters.markdown()}\n\n"
        + (f"At full size, as `gateway-sim verify --full` plays it: {full}. " if full else "")
        + f"Where the defaults come from: {origin}.",
    }


def figures_part(found: StoryFigures, command: str) -> str:
    """Return the part with the figures, beside the command that gives them."""
    expected = beside_table(found)
    more = f"\n\nBeside what was expected of them:\n\n{expected.markdown()}" if expected else ""
    return (
        f"## Figures over {found.seeds} seeds\n\n```sh\n{command}\n```\n\nDamage is counted in {found.unit}.\n\n"
        f"{figures_table(found).markdown()}\n\n{legend(found)} {agreement(found)}{more}"
    )


def _lines(replays: Sequence[str]) -> str:
    return "; ".join(f"`{line}`" for line in replays)


def _row(one: VariantFigures, seeds: int) -> list[Cell | str]:
    counted = f"{round(one.broken.mean * seeds)} of {seeds} ({one.broken.low:.0%} to {one.broken.high:.0%})"
    ends = dict.fromkeys(_number(end) for end in (one.least, one.most))
    return [one.name, counted, Cell(_mean(one.damage), strong=True), " to ".join(ends), _number(one.seed_0)]


def _mean(measured: Measured) -> str:
    if measured.low == measured.high:
        return _number(measured.mean)
    return f"{_number(measured.mean)} ({_number(measured.low)} to {_number(measured.high)})"


def _number(number: float) -> str:
    """Return a number with four significant digits, and without a power of ten where it is large."""
    return f"{float(f'{number:.4g}'):,.15g}"
