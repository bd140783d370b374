"""Tag and deployment end alike only where the tag is locked and the deploy fenced."""

import random

import pytest

from gateway_sim.control_plane.models import registry
from gateway_sim.scenarios.orchestration.workloads.promoting import MEASURED, simulated
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused

LONG = {"trials": "12", "draws": "1"}


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
def test_the_rates_are_the_measured_ones(promoters: int, variant: str) -> None:
    """Within four standard errors of 4,000 draws, and of the reference's own."""
    reference = MEASURED[promoters, variant]
    rates = simulated(
        promoters, locked=variant != "broken", fenced=variant == "fixed", trials=4000, rng=random.Random(7)
    )
    for measured, expected in ((rates.drifted, reference.drifted), (rates.best_lost, reference.best_lost)):
        assert measured == pytest.approx(expected, abs=4 * (2 * expected * (1 - expected) / 4000) ** 0.5)
    assert rates.aborts == pytest.approx(reference.aborts, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["broken", "half-fixed", "fixed"])
def test_the_rates_that_were_played_are_the_measured_ones(variant: str) -> None:
    """Over 20 seeds of 10 trials left to chance, within three standard errors; the fence lets nothing drift at all."""
    reference, trials = MEASURED[5, variant], 10 * 20
    results = [run(RunSpec("promotion-race", seed=seed, settings={**LONG, "variant": variant})) for seed in range(20)]
    played = {
        name: sum(result.damage.figures[name] for result in results) / 20 for name in ("drifted_rate", "best_lost_rate")
    }
    for name, expected in (("drifted_rate", reference.drifted), ("best_lost_rate", reference.best_lost)):
        assert played[name] == pytest.approx(expected, abs=3 * (expected * (1 - expected) / trials) ** 0.5)


def test_the_rates_of_a_run_are_those_that_it_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry without its fence drifts in the figures of the fixed variant too, whatever arithmetic says."""
    deploy = registry.Registry.deploy
    monkeypatch.setattr(registry.Registry, "deploy", lambda self, tag, *, fenced: deploy(self, tag, fenced=False))
    damage = played("fixed", trials="42").damage
    assert damage is not None
    assert damage.figures["drifted_rate"] > 0 == damage.figures["drifted_rate_simulated"]


def test_a_single_promoter_is_refused() -> None:
    """It has no rival."""
    with pytest.raises(SettingsRefused, match="promoters is 1; it must be 2 or more"):
        played("broken", promoters="1")
