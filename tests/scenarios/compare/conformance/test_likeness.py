"""A version's sample tells whose profile it has: what was measured of the SDKs is taken for that of other versions."""

import dataclasses
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli.conformance import FULL_HOLD_S
from gateway_sim.scenarios.compare.conformance import kept
from gateway_sim.scenarios.compare.conformance.cell import Found
from gateway_sim.scenarios.compare.conformance.likeness import HOLD_S, likeness, profiles_beside, sample_of
from gateway_sim.scenarios.engines.live.sdks.environments import named

DOCS = Path(__file__).parents[4] / "docs"
EVERY = 4
ALIKE = "create_session"
"""All SDKs die there of a 404."""


def sampled(sdk: str, word: str) -> list[Found]:
    """Return a fourth of the sample of a version as it would be if the version were the measured SDK, live."""
    measured = kept.read((DOCS / "conformance.jsonl").read_text().splitlines(), "conformance.jsonl", FULL_HOLD_S)
    wanted = [(place, answer) for _, place, answer in sample_of(named(word))][::EVERY]
    mine = {(cell.place, cell.answer): cell for cell in measured if cell.sdk == sdk}
    return [dataclasses.replace(mine[cell], sdk=word) for cell in wanted]


@pytest.mark.parametrize(
    ("word", "sdk"),
    [("tinker==0.36.0", "tinker-0.38"), ("tinker==0.18.2", "tinker-0.18"), ("tinker==0.16.0", "tinker-0.15")],
)
def test_a_version_is_most_like_the_sdk_that_it_behaves_as(word: str, sdk: str) -> None:
    """Every cell agrees with that one, and one in seven tells it from each other."""
    assert HOLD_S == FULL_HOLD_S
    cells = sampled(sdk, word)
    found = likeness(cells, profiles_beside(named(word)))
    assert (found.profile, found.cells, found.unlike) == (sdk, len(cells), [])
    assert found.agree.pop(sdk) == len(cells)
    assert max(found.agree.values()) <= 6 / 7 * len(cells)


def test_behaviour_decides_before_the_number() -> None:
    """A version whose nearest number is 0.38 and that behaves as 0.15 did is given the profile of 0.15."""
    assert likeness(sampled("tinker-0.15", "tinker==0.36.0"), ["tinker-0.38", "tinker-0.15"]).profile == "tinker-0.15"


def test_a_cell_that_differs_is_named() -> None:
    """One cell in which the version ends otherwise; the profile's part is beside it."""
    cells = sampled("fireworks-1.2", "fireworks-ai==1.2.29")
    assert profiles_beside(named("fireworks-ai==1.2.29")) == ["fireworks-1.2"]
    cells[3] = dataclasses.replace(cells[3], seen="SurpriseError")
    found = likeness(cells, ["fireworks-1.2"])
    assert found.agree == {"fireworks-1.2": len(cells) - 1}
    ((measured, said),) = found.unlike
    assert (measured.place, measured.answer, measured.seen) == (cells[3].place, cells[3].answer, "SurpriseError")
    assert said.seen != "SurpriseError"


def test_of_two_profiles_that_agree_alike_the_nearer_version_is_taken() -> None:
    """A cell in which all SDKs do the same decides nothing."""
    beside = profiles_beside(named("tinker==0.17.0"))
    cells = [cell for cell in sampled("tinker-0.38", "tinker==0.17.0") if cell.answer == "404" and cell.place == ALIKE]
    assert len(cells) == 1
    assert beside == ["tinker-0.18", "tinker-0.15", "tinker-0.38"]
    found = likeness(cells, beside)
    assert (found.profile, set(found.agree.values())) == ("tinker-0.18", {len(cells)})
