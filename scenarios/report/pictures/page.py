"""The page of a story: the damage in each variant, pictures and figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway_sim.scenarios.judge.damage import BESIDE
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.orchestration.workloads.sandbox import SandboxSettings
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.pictures import VARIANT_INK, figures, variant
from gateway_sim.scenarios.report.table import Table
from gateway_sim.scenarios.report.tables import TONES
from gateway_sim.scenarios.run.result import StoryResult
from gateway_sim.scenarios.world.setting_words import apply_settings


@dataclass(frozen=True)
class Variant:
    """A variant of a story as its page shows it: what it does, and its damage, verdict and broken promises in words."""

    name: str
    ink: str
    tone: str
    shown: bool
    does: str
    amount: str
    unit: str
    beside: str
    verdict: str
    sentence: str


def page(runs: Sequence[StoryResult], asked: str | None = None) -> str:
    """Return one HTML file for a story's runs: one seed in each variant. The variant that was `asked` for is marked.

    Without a word the variant is the story's own, as for `gateway-sim run`.
    """
    story = stories.load(runs[0].race)
    return render(
        "story.html",
        story=story,
        variants=[_variant(run, story, asked or story.settings.variant) for run in runs],
        pictures=figures(runs),
        figures=_table(runs),
        replays=[run.replay for run in runs],
    )


def _variant(run: StoryResult, story: stories.Scenario, asked: str) -> Variant:
    (settings,) = apply_settings(run.settings, story.settings)
    assert isinstance(settings, SandboxSettings)
    broken = list(dict.fromkeys(violation.words for violation in run.violations))
    name = variant(run)
    return Variant(
        name=name + (f", without {settings.omitted}" if settings.omitted else ""),
        ink=VARIANT_INK[name],
        tone=TONES[run.verdict],
        shown=name == asked,
        does=story.what(settings),
        amount=f"{run.damage.amount:,g}",
        unit=run.damage.unit,
        beside=run.damage.beside,
        verdict=f"Promises broken: {'; '.join(broken)}." if broken else "Every promise kept.",
        sentence=f"{run.damage.sentence[0].upper()}{run.damage.sentence[1:]}",
    )


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
