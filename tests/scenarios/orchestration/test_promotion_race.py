"""Tag and deployment end alike only where the tag is locked and the deploy fenced."""

from __future__ import annotations

import random

import pytest

from control_plane import registry
from scenarios.runner import RunResult, RunSpec, run
from scenarios.site.promoting import CARD, simulated


def played(variant: str, **more: str) -> RunResult:
    """Play the scenario in a variant, with these settings."""
    return run(RunSpec("promotion-race", settings={"variant": variant, "draws": "1", **more}))


def test_the_lock_alone_leaves_the_drift() -> None:
    """The best version is tagged in every trial, and what serves is still another one."""
    result = played("half-fixed")
    assert {violation.promise for violation in result.violations} == {"what serves is what the tag names"}


def test_the_second_of_two_serves_for_as_long_as_it_is_watched() -> None:
    """Nothing mends it: the drift lasts to the end of the watch."""
    result = played("half-fixed", trials="1", watch_s="5000")
    assert result.damage is not None
    assert result.damage.amount == 5000


def test_a_fence_that_is_taken_away_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that deploys whatever comes is no fix, and the promise says so."""
    deploy = registry.Registry.deploy
    monkeypatch.setattr(registry.Registry, "deploy", lambda self, tag, *, fenced: deploy(self, tag, fenced=False))
    assert played("fixed").verdict == "broken"


@pytest.mark.parametrize(("promoters", "variant"), [(2, "broken"), (5, "broken"), (5, "half-fixed"), (5, "fixed")])
def test_the_rates_are_the_cards(promoters: int, variant: str) -> None:
    """Within four standard errors of 4,000 draws, and of the card's own."""
    card = CARD[promoters, variant]
    rates = simulated(
        promoters, locked=variant != "broken", fenced=variant == "fixed", trials=4000, rng=random.Random(7)
    )
    for measured, expected in ((rates.drifted, card.drifted), (rates.best_lost, card.best_lost)):
        assert measured == pytest.approx(expected, abs=4 * (2 * expected * (1 - expected) / 4000) ** 0.5)
    assert rates.aborts == pytest.approx(card.aborts, rel=0.05)
