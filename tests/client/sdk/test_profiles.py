"""What comes next, decided from data: no loop, no clock."""

import pytest

from gateway_sim.client.sdk.errors import ControlPlaneError, InternalServerError, NotFoundError
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.profiles import CONTROL_PLANE, ONCE, PROFILES, TINKER_0_15, CallRule, PoolRule
from gateway_sim.client.sdk.retry_loops import After, Backoff, GiveUp, next_step

DISPATCH = TINKER_0_15.rule_of("forward_backward")
BUSY = Failure("dispatch", 503, "status")


def test_the_inner_loop_doubles_from_half_a_second_to_ten():
    """Ten retries, each drawn from three quarters of the wait to the whole."""
    whole_s = [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0, 10.0, 10.0]
    assert [next_step(DISPATCH.inner, BUSY, n, 0.0) for n in range(10)] == [After(0.75 * s, s) for s in whole_s]
    assert next_step(DISPATCH.inner, BUSY, 10, 0.0) == GiveUp(InternalServerError)


def test_the_outer_loop_ends_its_last_wait_with_its_budget():
    """At 290 s there are 10 s left, at 300 s none."""
    assert next_step(DISPATCH.outer, BUSY, 9, 290.0) == After(10.0, 10.0)
    assert next_step(DISPATCH.outer, BUSY, 9, 300.0) == GiveUp(InternalServerError)


@pytest.mark.parametrize(("asked_s", "wait"), [(2.0, After(2.0, 2.0)), (60.0, After(60.0, 60.0))])
def test_a_reasonable_retry_after_replaces_the_backoff(asked_s, wait):
    """It is taken at its word, without jitter."""
    failure = Failure("dispatch", 503, "status", retry_after_s=asked_s)
    assert next_step(DISPATCH.inner, failure, 0, 0.0) == wait


@pytest.mark.parametrize("asked_s", [0.0, -1.0, 60.1, float("nan"), float("inf")])
def test_an_unreasonable_retry_after_is_ignored(asked_s):
    """Zero, negative, too long, and no number at all."""
    failure = Failure("dispatch", 503, "status", retry_after_s=asked_s)
    assert next_step(DISPATCH.inner, failure, 0, 0.0) == After(0.375, 0.5)


def test_x_should_retry_overrules_the_inner_loop_only():
    """A 404 may be declared passing and a 503 final; the outer loop keeps its own view."""
    miss = Failure("dispatch", 404, "status", should_retry=True)
    stop = Failure("dispatch", 503, "status", should_retry=False)
    assert next_step(DISPATCH.inner, miss, 0, 0.0) == After(0.375, 0.5)
    assert next_step(DISPATCH.outer, miss, 0, 0.0) == GiveUp(NotFoundError)
    assert next_step(DISPATCH.inner, stop, 0, 0.0) == GiveUp(InternalServerError)
    assert next_step(DISPATCH.outer, stop, 0, 0.0) == After(1.0, 1.0)


def test_connecting_has_no_outer_loop_and_beats_have_none():
    """create_session is on the session's pool, create_model on the one that trains."""
    assert TINKER_0_15.rule_of("create_session").outer == TINKER_0_15.rule_of("create_model").outer == ONCE
    assert TINKER_0_15.rule_of("session_heartbeat").inner == ONCE
    assert [TINKER_0_15.rule_of(r).pool for r in ("create_session", "create_model")] == ["session", "train"]


def test_every_status_of_a_poll_has_a_row():
    """The table's last row covers what no other does."""
    assert all(TINKER_0_15.poll_row(Failure("poll", status, "status")) for status in range(400, 600))


@pytest.mark.parametrize("kind", ["refused", "reset", "timeout"])
def test_every_lost_poll_has_a_row(kind):
    """Waits of 1 to 30 s and no end of them."""
    row = TINKER_0_15.poll_row(Failure("poll", None, kind))
    assert next_step(row.loop, Failure("poll", None, kind), 1_000_000, 1e9) == After(30.0, 30.0)


def test_the_control_plane_takes_up_what_passes_and_raises_its_own_error():
    """A reset is none of it, and neither is a 409 (docs/reference/protocol.md §3)."""
    loop = CONTROL_PLANE.outer
    assert next_step(loop, Failure("control", 503, "status"), 0, 0.0) == After(1.0, 1.0)
    assert next_step(loop, Failure("control", 409, "status"), 0, 0.0) == GiveUp(ControlPlaneError)
    assert next_step(loop, Failure("control", None, "reset"), 0, 0.0) == GiveUp(ControlPlaneError)


def test_a_backoff_does_not_overflow():
    """However many retries were made, the wait is the longest."""
    assert Backoff(1.0, 30.0).window(10_000) == After(30.0, 30.0)


def test_profiles_are_found_by_name_and_have_every_pool():
    """The pools are those of docs/reference/protocol.md §2."""
    assert PROFILES["tinker-0.15"] is TINKER_0_15
    assert TINKER_0_15.pools["train"] == PoolRule(1, 5.0)
    assert TINKER_0_15.pools["retrieve"] == PoolRule(50, 5.0)
    assert sorted(TINKER_0_15.pools) == ["control-plane", "retrieve", "sample", "session", "telemetry", "train"]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_each_profile_has_the_pools_that_were_measured(profile):
    """One request of training at a time, but for fireworks 1.2; what is asked first has a connection of its own."""
    kept_s = 5.0 if profile.sdk_version < "0.2" else 90.0
    most = dict.fromkeys(TINKER_0_15.pools) | {"train": 1, "sample": 50, "retrieve": 50}
    most["train"] = None if profile.name == "fireworks-1.2" else 1
    pools = {name: PoolRule(number, kept_s) for name, number in most.items()} | {"control-plane": PoolRule(None, 5.0)}
    asks_first = {} if profile is TINKER_0_15 else {"one-off": PoolRule(None, 0.0)}
    assert profile.pools == pools | asks_first


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_each_profile_asks_for_its_configuration_by_the_rules_that_were_measured(profile):
    """Before there is a pool by both loops, then on the session's pool by the outer one, with two timeouts."""
    measured = {
        "client/config": CallRule("one-off", 60.0, TINKER_0_15.rule_of("forward").inner, DISPATCH.outer),
        "client/dynamic_config": CallRule("session", 60.0, ONCE, DISPATCH.outer, times=2.0),
    }
    assert {route: profile.rule_of(route) for route in profile.config_routes} == {
        route: measured[route] for route in profile.config_routes
    }
