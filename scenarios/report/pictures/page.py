"""The page of a story: the damage in each variant, pictures and figures."""

import inspect
import re
from collections.abc import Sequence

from gateway_sim.scenarios.judge.damage import BESIDE
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.pictures import VARIANT_INK, figures, variant
from gateway_sim.scenarios.report.table import Table
from gateway_sim.scenarios.run.result import StoryResult
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.plugins import KINDS


def page(runs: Sequence[StoryResult], asked: str | None = None) -> str:
    """Return one HTML file for a story's runs: one seed in each variant. The variant that was `asked` for is marked."""
    return render(
        "story.html",
        story=stories.load(runs[0].race),
        variants=[
            (variant(run) + (" (this run)" if variant(run) == asked else ""), VARIANT_INK[variant(run)], _result(run))
            for run in runs
        ],
        does=what_variants_do(runs[0].race),
        pictures=figures(runs),
        figures=_table(runs),
        replays=[run.replay for run in runs],
    )


def what_variants_do(story: str) -> list[str]:
    """Return the sentences about the variants in the docstrings of a story and of its settings."""
    loaded = stories.load(story)
    text = f"{registry.written(KINDS['stories'], story)['__doc__']} {inspect.getdoc(type(loaded.settings))}"
    sentences = re.split(r"(?<=[.;])\s+(?=[A-Z`])", " ".join(text.split()))
    words = re.compile(r"half-fixed|\bfixed\b|\bbroken\b")
    return list(dict.fromkeys(re.sub(";$", ".", one) for one in sentences if words.search(one)))


def _result(run: StoryResult) -> str:
    """Return a variant's verdict, damage and broken promises."""
    amount = f"{run.damage.amount:g} {run.damage.unit}: {run.damage.sentence}."
    broken = list(dict.fromkeys(violation.words for violation in run.violations))
    because = f"Promises broken: {'; '.join(broken)}." if broken else "Every promise kept."
    return f"{run.verdict.replace('_', ' ')}. {amount} {because}"


def _table(runs: Sequence[StoryResult]) -> Table:
    """Return the figures of all variants; closed forms and published values follow the measured ones."""
    drawn = [run.damage.figures for run in runs]
    rows = [
        (_words(name), *(f"{found[name]:,g}" if name in found else "-" for found in drawn))
        for name in dict.fromkeys(name for found in drawn for name in found)
    ]
    return Table(["", *map(variant, runs)], rows, words=1)


def _words(name: str) -> str:
    """Return a figure's name, with the source of its value if it was not measured here."""
    return next((f"{name.removesuffix(end)}, {what}" for end, what in BESIDE.items() if name.endswith(end)), name)
