"""What holds for every scenario of orchestration: it breaks, the half-fix is not enough, and the fix holds.

With one seed; tests/docs/test_stories.py plays twenty, and holds the stories' pages to them.
"""

import re
import xml.etree.ElementTree as ET
from functools import cache

import pytest

from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.orchestration.promises.the_story_ends import the_story_ends
from gateway_sim.scenarios.orchestration.stories import Scenario
from gateway_sim.scenarios.orchestration.workloads.sandbox import VARIANTS
from gateway_sim.scenarios.report import pictures
from gateway_sim.scenarios.run.matrix import story_specs
from gateway_sim.scenarios.run.plans import story_plan
from gateway_sim.scenarios.run.result import StoryResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.search import mutations
from gateway_sim.scenarios.search.mutations import StoryGuard
from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord

NAMES = stories.names()
COSTLY = {"gpu-fragmentation": [{"variant": "fixed", "moves_s": "3600"}]}
"""Settings with which a fix costs more than it is worth, by story."""


@cache
def played(name: str, variant: str, omits: str | None = None) -> StoryResult:
    """Play a scenario, once for all tests that ask for the same; without `omits` the half-fixed one's is its first."""
    default = getattr(stories.load(name).settings, "omits", None)
    if omits == default and omits is not None:
        return played(name, variant)
    words = {"variant": variant} if omits is None else {"variant": variant, "omits": omits}
    return run(RunSpec(name, settings=words))


@pytest.mark.parametrize("name", NAMES)
def test_damage_in_broken_and_half_fixed_and_none_in_fixed(name: str) -> None:
    """The number and the promises agree: damage where one was broken, zero where all were kept."""
    for variant in VARIANTS:
        result = played(name, variant)
        assert result.as_expected, (result.replay, result.violations)
        assert result.expected == ("kept" if variant == "fixed" else "broken")
        assert result.damage is not None
        assert (result.damage.amount > 0) == (variant != "fixed"), result.damage


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_whatever_the_half_fix_lacks_has_its_damage(name: str) -> None:
    """A promise that was broken is a number above zero, too."""
    for lack in stories.load(name).omits:
        result = played(name, "half-fixed", omits=lack)
        assert result.as_expected, (result.replay, result.violations)
        assert result.damage is not None
        assert result.damage.amount > 0, result.replay


@pytest.mark.parametrize("name", NAMES)
def test_damage_is_counted_in_one_unit_and_others_stand_beside_it(name: str) -> None:
    """The unit begins with what is counted and adds nothing else to it; what is beside it has words of its own."""
    damages = [played(name, variant).damage for variant in VARIANTS]
    (unit,) = {damage.unit for damage in damages}
    assert not re.search(r"\+|\band\b|&", unit), unit
    counted = re.match(r"(%|GPU-hours|GPU-seconds|hours|incomplete hours|rows|runs|seconds|steps|writes)( |$)", unit)
    assert counted, unit
    for damage in damages:
        assert unit not in damage.also
        assert not re.search(r"\+|\band\b|&", " ".join(damage.also))
        assert all(f"{words}: {amount:g}" in damage.beside for words, amount in damage.also.items() if amount)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_promise_is_broken_by_something_that_the_scenario_takes_away(name: str) -> None:
    """By the broken variant, by the half-fixed one that omits a part, or by a mutation that the fixed one catches.

    A promise that nothing breaks is useless. tests/scenarios/search/test_mutants.py plays the mutations.
    """
    story = stories.load(name)
    half_fixed = [played(name, "half-fixed", omits=lack) for lack in story.omits or [None]]
    at_a_price = [run(RunSpec(name, settings=words)) for words in COSTLY.get(name, [])]
    results = [played(name, "broken"), *half_fixed, *at_a_price]
    broken = {violation.promise for result in results for violation in result.violations}
    # every story is held to ending too, and a mutation of any of them is enough
    own = [promise for promise in story.promises if promise is not the_story_ends]
    guarded = {
        guard.promise
        for mutation in map(mutations.load, mutations.names())
        for guard in mutation.guards
        if guard.race == name and isinstance(guard, StoryGuard)
    }
    assert (broken | guarded) - {"the story ends"} == {promise.__name__.replace("_", " ") for promise in own}


@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_counts_one_of_many(name: str) -> None:
    """A count stands behind its noun, "preemptions: 1", so that one is not "1 times"; and no sentence has backticks."""
    for variant in VARIANTS:
        said = played(name, variant).damage.sentence
        assert not re.search(r"\b1 (?!of\b)[a-z]+s\b", said), said
        assert "`" not in said


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_plays_the_same_twice(name: str) -> None:
    """The same seed leaves the same trace, line by line."""
    first, second = played(name, "half-fixed"), run(RunSpec(name, settings={"variant": "half-fixed"}))
    assert first.trace.text() == second.trace.text()
    assert first.digest == second.digest


@pytest.mark.parametrize("name", NAMES)
def test_the_document_has_the_words_of_a_races_and_its_damage(name: str) -> None:
    """Verdict, digest and replay as for a race; the metrics gain the damage and its unit."""
    document = played(name, "fixed").document()
    assert document["metrics"]["damage"] == 0
    assert document["metrics"]["damage_unit"]
    assert document["metrics"]["damage_also"] == dict(played(name, "fixed").damage.also)
    assert document["damage"].strip()
    assert document["replay"] == f"gateway-sim run {name} --set variant=fixed --seed 0"


@pytest.mark.parametrize("name", pictures.names())
def test_every_shape_of_its_pictures_lies_within_them(name: str) -> None:
    """Each is well-formed, holds more than its axes, and leaves nothing outside."""
    figures = pictures.figures([played(name, variant) for variant in VARIANTS])
    assert figures
    for figure in figures:
        drawn = ET.fromstring(figure.svg)
        _, _, width, height = map(float, drawn.attrib["viewBox"].split())
        shapes = [shape for shape in drawn.iter() if shape.tag.rpartition("}")[2] in ("rect", "polyline", "polygon")]
        assert shapes, figure.caption
        for x, y in (corner for shape in shapes for corner in corners(shape)):
            assert -0.5 <= x <= width + 0.5, (figure.caption, x)
            assert -0.5 <= y <= height + 0.5, (figure.caption, y)


def corners(shape: ET.Element) -> list[tuple[float, float]]:
    """Return the points that a shape spans."""
    if "points" in shape.attrib:
        pairs = (pair.split(",") for pair in shape.attrib["points"].split())
        return [(float(x), float(y)) for x, y in pairs]
    x, y, width, height = (float(shape.attrib[side]) for side in ("x", "y", "width", "height"))
    return [(x, y), (x + width, y + height)]


@pytest.mark.parametrize("name", NAMES)
def test_words_that_are_off_are_refused_before_anything_runs(name: str) -> None:
    """A variant that is none, a setting that is none, and a gateway where there is none."""
    with pytest.raises(SettingsRefused, match="variant is 'mended'; it must be one of broken, half-fixed, fixed"):
        run(RunSpec(name, settings={"variant": "mended"}))
    with pytest.raises(UnknownWord, match="did you mean variant"):
        run(RunSpec(name, settings={"varian": "fixed"}))
    with pytest.raises(SettingsRefused, match="has no gateway in it, so --gateway route-not-ready means nothing"):
        run(RunSpec(name, gateway="route-not-ready"))


def test_a_library_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the words that install it; and a verification leaves its scenarios out."""
    monkeypatch.setattr(Scenario, "missing", lambda scenario: ["torchdata"])
    with pytest.raises(SettingsRefused, match=r"needs torchdata; run: pip install 'gateway-sim\[orchestration\]'"):
        run(RunSpec("preempt-resume"))
    assert story_specs(1) == []


def test_a_full_verification_plays_what_each_can_lack_and_each_at_its_full_size() -> None:
    """All of it understood, and with an expectation."""
    more = [spec for spec in story_specs(1, full=True) if spec not in story_specs(1)]
    plans = [story_plan(spec) for spec in more]
    assert all(plan.expected == ("kept" if plan.settings.variant == "fixed" else "broken") for plan in plans)
    lacking = {(spec.race, spec.settings["omits"]) for spec in more if "omits" in spec.settings}
    assert lacking == {(name, lack) for name in NAMES for lack in stories.load(name).omits}
    at_full_size = {spec.race for spec in more if "omits" not in spec.settings}
    assert at_full_size == {name for name in NAMES if stories.load(name).full}
    odd = story_plan(RunSpec("backfill-partitions", settings={"variant": "fixed", "rows": "7"}))
    assert odd.expected is None


def test_a_verification_plays_all_of_them_in_every_variant() -> None:
    """Nothing is left out."""
    played = [(spec.race, spec.settings["variant"], spec.seed) for spec in story_specs(2)]
    assert played == [(name, variant, seed) for name in NAMES for variant in VARIANTS for seed in range(2)]
