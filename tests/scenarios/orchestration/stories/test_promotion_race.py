"""Tag and deployment end alike only where the tag is locked and the deploy fenced."""

import random

import pytest

from gateway_sim.control_plane.events import VersionDeployed
from gateway_sim.control_plane.models import registry, rollouts
from gateway_sim.scenarios.orchestration.workloads.model_events import PromoterDied
from gateway_sim.scenarios.orchestration.workloads.promoting import MEASURED, simulated
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.stories.playing import broken_by

LONG = {"trials": "13", "draws": "1"}


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
    reference = MEASURED[promoters, variant != "broken", variant == "fixed"]
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
    reference, trials = MEASURED[5, variant != "broken", variant == "fixed"], 10 * 20
    results = [run(RunSpec("promotion-race", seed=seed, settings={**LONG, "variant": variant})) for seed in range(20)]
    played = {
        name: sum(result.damage.figures[name] for result in results) / 20 for name in ("drifted_rate", "best_lost_rate")
    }
    for name, expected in (("drifted_rate", reference.drifted), ("best_lost_rate", reference.best_lost)):
        assert played[name] == pytest.approx(expected, abs=3 * (expected * (1 - expected) / trials) ** 0.5)


def test_a_promoter_that_dies_between_tag_and_deploy_is_found() -> None:
    """Lock and fence do not help: the tag names what never serves, from the end of its time to the end of the watch."""
    result = played("half-fixed", omits="reconciler", trials="3")
    (died,) = result.trace.of(PromoterDied)
    (violation,) = result.violations
    assert violation.message == (
        f"the tag of model-2 named version {died.event.version} while version {3 - died.event.version} served, "
        "for 420 s"
    )
    assert violation.at_s == pytest.approx(died.at_s + 180, abs=1e-5)
    assert result.damage is not None
    assert result.damage.amount == 600 - 180
    assert result.damage.figures["models_that_end_astray"] == 1


def test_a_reconciler_deploys_what_a_dead_promoter_left() -> None:
    """Within the time of a rollout; also where half of all promoters die."""
    result = played("fixed", trials="3")
    (died,) = result.trace.of(PromoterDied)
    deploys = [entry for entry in result.trace.of(VersionDeployed) if entry.event.model == died.event.model]
    assert (deploys[-1].event.version, deploys[-1].event.token) == (died.event.version, died.event.token)
    assert died.at_s + 60 < deploys[-1].at_s < died.at_s + 180
    many = played("fixed", trials="12", deaths="0.5")
    assert many.verdict == "kept", many.violations
    assert many.damage is not None
    assert many.damage.figures["promoters_died"] > 3
    assert many.damage.figures["models_that_end_astray"] == 0


def test_a_reconciler_that_is_taken_away_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that finds nothing overdue is no fix."""
    monkeypatch.setattr(rollouts, "overdue", lambda *_: None)
    result = played("fixed")
    assert result.verdict == "broken"
    assert result.damage is not None
    assert result.damage.amount > 0


def test_rates_with_deaths_stand_beside_no_reference() -> None:
    """Neither simulation nor prototype had promoters that die."""
    damage = played("half-fixed", omits="reconciler", deaths="0.5", trials="12").damage
    assert damage is not None
    assert damage.figures["drifted_rate"] > 0
    assert not [name for name in damage.figures if name.endswith(("_card", "_simulated"))]


def test_the_rates_of_a_run_are_those_that_it_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry without its fence drifts in the figures of a variant that has one, whatever arithmetic says."""
    deploy = registry.Registry.deploy
    monkeypatch.setattr(registry.Registry, "deploy", lambda self, tag, *, fenced: deploy(self, tag, fenced=False))
    damage = played("half-fixed", omits="reconciler", trials="42").damage
    assert damage is not None
    assert damage.figures["drifted_rate"] > 0 == damage.figures["drifted_rate_simulated"]


def test_a_single_promoter_is_refused() -> None:
    """It has no rival."""
    with pytest.raises(SettingsRefused, match="promoters is 1; it must be 2 or more"):
        played("broken", promoters="1")


def test_a_watch_that_ends_before_a_rollout_is_overdue_is_refused() -> None:
    """It could not see that a promoter died."""
    with pytest.raises(SettingsRefused, match=r"watch_s is 180\.0; it must be 181 or more"):
        played("broken", watch_s="180")


SLOW = {"evaluates_least_s": "600", "evaluates_most_s": "900", "deploys_most_s": "120", "rollout_s": "300"}
"""A team that evaluates for a quarter of an hour: no promotion that begins after another overtakes its deploy."""


def test_a_pace_at_which_no_deploy_is_overtaken_has_no_drift() -> None:
    """The lock alone is enough there; at the same pace without it, a worse version may still be tagged."""
    result = played("half-fixed", trials="2", **SLOW)
    assert result.verdict == "kept", result.violations
    assert broken_by(played("broken", trials="2", **SLOW)) >= {"the best version is tagged"}


def test_deploys_that_take_longer_drift_for_longer() -> None:
    """Slow deploys of an earlier promotion come later than quick ones; where all begin at once, more races are open."""
    longer = played("half-fixed", deploys_least_s="60", deploys_most_s="1200", rollout_s="2500", watch_s="3600")
    assert longer.damage is not None
    assert longer.damage.amount > 0
    deploys = [entry.at_s for entry in longer.trace.of(VersionDeployed) if entry.event.model == "model-0"]
    assert deploys[-1] > 60 + 1200 * 7 / 11


def test_rates_at_a_pace_of_your_own_are_simulated_at_that_pace() -> None:
    """The simulated ones agree with the pace; the measured ones were taken at another, and do not stand beside."""
    long = {**LONG, "draws": "2000"}
    at_once, spread = (played("broken", begins_s=begins_s, **long).damage for begins_s in ("0", "6000"))
    assert at_once is not None
    assert spread is not None
    assert at_once.figures["drifted_rate_simulated"] > 3 * spread.figures["drifted_rate_simulated"]
    assert not [name for name in at_once.figures if name.endswith("_card")]
    assert at_once.figures["drifted_rate"] > spread.figures["drifted_rate"]


def test_a_reconciler_waits_for_deploys_at_the_pace() -> None:
    """One that deployed within the default minute would repeat deploys that are under way."""
    result = played("fixed", deploys_least_s="300", deploys_most_s="400", rollout_s="900", watch_s="1800")
    assert result.verdict == "kept", result.violations
    (died,) = result.trace.of(PromoterDied)
    mended = [entry.at_s for entry in result.trace.of(VersionDeployed) if entry.event.model == died.event.model][-1]
    assert mended - died.at_s > 400 + 300


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("evaluates_most_s", "5", "evaluates_most_s is 5.0; it must be 10 or more"),
        ("deploys_most_s", "1", "deploys_most_s is 1.0; it must be 5 or more"),
        ("deploys_most_s", "100", "rollout_s is 180.0; it must be 230 or more"),
        ("begins_s", "-1", "begins_s is -1.0; it must be 0 or more"),
    ],
)
def test_a_pace_that_contradicts_itself_is_refused(name: str, value: str, why: str) -> None:
    """Before anything is played."""
    with pytest.raises(SettingsRefused, match=why):
        played("fixed", **{name: value})
