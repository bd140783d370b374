"""A gateway's name in the tables is one on the command line, and means the same policy with the same settings."""

import pytest

from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.miss_policies.route_not_ready import RouteNotReady
from gateway_sim.scenarios.run.matrix import (
    BY_NAME_ONLY,
    GATEWAYS,
    NAMED,
    PROPOSED,
    VERIFIED,
    NamedGateway,
    gateway_words,
    in_full,
    specs,
)
from gateway_sim.scenarios.run.pairing import pairing_of
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import UnknownWord
from gateway_sim.scenarios.world.policies import gateway_policies
from gateway_sim.scenarios.world.settings import Settings


@pytest.mark.parametrize("gateway", GATEWAYS, ids=lambda gateway: gateway.name)
def test_the_words_of_a_gateway_make_its_policy(gateway: NamedGateway) -> None:
    """By its own name, and by that of its policy with its settings."""
    by_name, _ = pairing_of("plain", gateway.name, "tinker-0.15", "per-connection", {}, Settings())
    policy, settings = gateway_words(gateway.name, {})
    in_words, _ = pairing_of("plain", policy, "tinker-0.15", "per-connection", settings, Settings())
    assert by_name.gateway == in_words.gateway == gateway.policy
    assert gateway.name.rstrip("+") == policy


def test_every_policy_is_in_the_tournament_or_said_not_to_be() -> None:
    """And the gateways of a verification are some of those of the tournament."""
    assert set(gateway_policies()) == BY_NAME_ONLY | {named.policy.name for named in GATEWAYS}
    assert not BY_NAME_ONLY & set(NAMED)
    assert set(VERIFIED) <= set(GATEWAYS)


def test_a_plus_sign_means_settings() -> None:
    """Those of the measurements; a setting of the call overrides them."""
    assert gateway_words("route-not-ready+", {}) == ("route-not-ready", {"retry_after_s": "1", "hold_poll_s": "1"})
    assert gateway_words("leased-generation+", {}) == ("leased-generation", {"gone_status": "410"})
    plan = race_plan(RunSpec("fresh-route", gateway="route-not-ready+", settings={"hold_poll_s": "2", "lag_s": "3"}))
    assert plan.pairing.gateway == RouteNotReady(retry_after_s=1.0, hold_poll_s=2.0)
    assert plan.settings.lag_s == 3.0
    assert plan.spec.replay == (
        "gateway-sim run fresh-route --client plain --gateway route-not-ready --sdk tinker-0.15 "
        "--balance per-connection --set retry_after_s=1 --set hold_poll_s=2 --set lag_s=3 --seed 0"
    )
    assert race_plan(RunSpec("job-deleted", gateway="leased-generation+")).pairing.gateway == LeasedGeneration(
        gone_status=410
    )


def test_a_name_with_and_without_its_settings_is_one_run() -> None:
    """The same spec, so the same digest."""
    named, in_words = RunSpec("healthy", gateway="route-not-ready+"), in_full(RunSpec("healthy", gateway=PROPOSED.name))
    assert race_plan(named).spec == race_plan(in_words).spec == in_words


def test_a_name_that_is_nearly_right_is_offered() -> None:
    """Also one that only the tables have."""
    with pytest.raises(UnknownWord, match=r"did you mean route-not-ready\+\?"):
        race_plan(RunSpec("healthy", gateway="route-not-redy+"))


def test_a_verification_names_policies_and_settings() -> None:
    """Its specs contain no name of the tables."""
    found = {(spec.gateway, tuple(spec.settings)) for spec in specs(1)}
    assert found == {(gateway.policy.name, tuple(gateway.settings)) for gateway in VERIFIED}
