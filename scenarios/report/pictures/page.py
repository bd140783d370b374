"""The page of a story: the damage in each variant, pictures and figures."""

from collections.abc import Sequence

from gateway_sim.scenarios.judge.damage import BESIDE
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.pictures import VARIANT_INK, figures, variant
from gateway_sim.scenarios.report.table import Table
from gateway_sim.scenarios.run.result import StoryResult


def page(runs: Sequence[StoryResult]) -> str:
    """Return one HTML file for a story's runs: one seed in each variant."""
    return render(
        "story.html",
        story=stories.load(runs[0].race),
        variants=[(variant(run), VARIANT_INK[variant(run)], _result(run)) for run in runs],
        pictures=figures(runs),
        figures=_table(runs),
        replays=[run.replay for run in runs],
    )


def _result(run: StoryResult) -> str:
    """Return a variant's verdict, damage and broken promises."""
    amount = f"{run.damage.amount:g} {run.damage.unit}: {run.damage.sentence}."
    broken = list(dict.fromkeys(violation.promise for violation in run.violations))
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
