"""What comes next, decided from data: no loop, no clock."""

import pytest

from gateway_sim.client.sdk.errors import (
    APIConnectionError,
    ControlPlaneError,
    InternalServerError,
    NotFoundError,
    RetryableException,
)
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.profiles import (
    CONTROL_PLANE,
    FIREWORKS_1_2,
    HEALTH,
    ONCE,
    PROFILES,
    TINKER_0_15,
    TINKER_0_18,
    TINKER_0_38,
    CallRule,
    PoolRule,
)
from gateway_sim.client.sdk.retry_loops import After, Backoff, GiveUp, next_step

DISPATCH = TINKER_0_15.rule_of("forward_backward")
BUSY = Failure("dispatch", 503, "status")
LOST = {"refused", "connect-timeout", "reset", "timeout"}


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
    # for up to 300 s, 1, 2, 4 … 30 s apart, each question for 30 s
    assert next_step(loop, BUSY, 9, 290.0) == After(10.0, 10.0)
    assert next_step(loop, BUSY, 9, 100.0) == After(30.0, 30.0)
    assert next_step(loop, BUSY, 9, 300.0) == GiveUp(ControlPlaneError)
    taken = {status for status in range(400, 600) if loop.retries_after(Failure("control", status, "status"))}
    assert taken == {408, 429, 500, 502, 503, 504}
    assert {kind for kind in LOST if loop.retries_after(Failure("control", None, kind))} == LOST - {"reset"}
    assert (CONTROL_PLANE.pool, CONTROL_PLANE.timeout_s, CONTROL_PLANE.inner) == ("control-plane", 30.0, ONCE)


def test_a_trainers_health_is_asked_for_once_for_five_seconds():
    """On the control plane's pool (docs/reference/protocol.md §2, §3)."""
    assert CallRule("control-plane", 5.0, ONCE, ONCE) == HEALTH


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


def _taken(loop):
    """Return the statuses and the kinds of lost calls that a loop retries, of those that protocol.md §4 speaks of."""
    statuses = [400, 401, 404, 408, 409, 410, 421, 425, 429, 500, 502, 503, 504]
    found = {status for status in statuses if loop.retries_after(Failure("dispatch", status, "status"))}
    return found | {kind for kind in [*LOST, "dropped"] if loop.retries_after(Failure("dispatch", None, kind))}


PASSING = {408, 409, 429, 500, 502, 503, 504, *LOST}
EACH = pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))


@EACH
@pytest.mark.parametrize("route", ["forward", "forward_backward", "optim_step", "get_info", "load_weights"])
def test_a_dispatch_has_both_loops_in_every_sdk(profile, route):
    """A 400 without a body passes the outer one only (docs/reference/protocol.md §4.1)."""
    rule = profile.rule_of(route)
    assert (_taken(rule.inner), _taken(rule.outer)) == (PASSING, PASSING | {"dropped"})
    assert (rule.pool, rule.timeout_s, rule.inner.retries, rule.outer.retries) == ("train", 60.0, 10, None)
    assert (rule.inner.budget_s, rule.outer.budget_s) == (None, 300.0)
    assert [rule.outer.backoff.window(n) for n in (0, 1, 9)] == [After(1.0, 1.0), After(2.0, 2.0), After(30.0, 30.0)]


@EACH
def test_connecting_has_the_inner_loop_and_a_heartbeat_none(profile):
    """Each on the pool that was measured, for 60 and 10 s (docs/reference/protocol.md §2, §4.2)."""
    inner = TINKER_0_15.rule_of("forward").inner
    times = 1.0 if profile in (TINKER_0_15, TINKER_0_18) else 2.0
    assert profile.rule_of("create_session") == CallRule("session", 60.0, inner, ONCE, times)
    assert profile.rule_of("create_sampling_session") == CallRule("session", 60.0, inner, ONCE, times)
    assert profile.rule_of("create_model") == CallRule("train", 60.0, inner, ONCE, times)
    assert profile.rule_of("session_heartbeat") == CallRule("session", 10.0, ONCE, ONCE, times)
    assert profile.rule_of("retrieve_future") == CallRule("retrieve", 45.0, ONCE, ONCE, times)
    assert profile.heartbeat_every_s == 10.0


@pytest.mark.parametrize(
    ("profile", "inner", "outer"),
    [
        (TINKER_0_15, PASSING, PASSING | {"dropped"}),
        (TINKER_0_18, set(), PASSING - {409} | {"dropped"}),
        (TINKER_0_38, set(), PASSING | {"dropped"}),
        (FIREWORKS_1_2, set(), PASSING | {"dropped"}),
    ],
)
@pytest.mark.parametrize("route", ["save_weights", "save_weights_for_sampler"])
def test_a_save_has_only_the_outer_loop_in_later_sdks(profile, inner, outer, route):
    """One of them takes a 409 for a checkpoint that exists (docs/reference/protocol.md §4.1)."""
    rule = profile.rule_of(route)
    assert (_taken(rule.inner), _taken(rule.outer)) == (inner, outer)
    assert (rule.pool, rule.timeout_s, rule.outer.budget_s) == ("train", 60.0, 300.0)
    assert profile.conflict_is_saved is (profile is TINKER_0_18)


@pytest.mark.parametrize("profile", [TINKER_0_15, TINKER_0_18, TINKER_0_38], ids=lambda profile: profile.name)
def test_a_sampling_client_has_three_loops_of_its_own(profile):
    """Around the request, for a 429, and around request and polls (docs/reference/protocol.md §4.4)."""
    request, sampling = profile.rule_of("asample"), profile.sampling
    assert (_taken(request.inner), _taken(request.outer)) == (set(), PASSING - {429} | {"dropped"})
    assert (request.pool, request.timeout_s, request.outer.budget_s) == ("sample", 60.0, 300.0)
    assert (sampling.busy_s, sampling.progress_s) == (1.0, 7200.0)
    assert _taken(sampling.rounds) == PASSING | {"dropped"}
    windows = [sampling.rounds.backoff.window(n) for n in (0, 1, 9)]
    assert [one.high_s for one in windows] == [0.625, 1.25, 10.0]
    assert [one.low_s for one in windows] == pytest.approx([0.375, 0.75, 6.0])
    newest = profile is TINKER_0_38
    assert (sampling.renumbers, sampling.describes) == (not newest, newest)


@EACH
def test_a_poll_is_repeated_or_given_up_by_the_table_that_was_measured(profile):
    """By status: the first and the fourth wait, or the error (docs/reference/protocol.md §4.3)."""

    def then(status, kind="status"):
        failure = Failure("poll", status, kind)
        row = profile.poll_row(failure)
        return [next_step(row.loop, failure, retries, 1e6) for retries in (0, 3)]

    at_once, slower = [After(0.0, 0.0)] * 2, [After(1.0, 1.0), After(8.0, 8.0)]
    for status in (408, 500, 502, 503):
        assert then(status) == at_once
    for status in (401, 404, 409, 421, 425):
        assert then(status) == [GiveUp(ValueError)] * 2
    for kind in (*LOST, "dropped"):
        assert then(None, kind) == slower
    assert then(400) == [After(0.0, 0.0), GiveUp(ValueError)]
    assert then(410) == [GiveUp(RetryableException)] * 2
    assert then(429) == (slower if profile in (TINKER_0_38, FIREWORKS_1_2) else [GiveUp(ValueError)] * 2)


@EACH
def test_each_profile_says_what_else_was_measured(profile):
    """The length of a batch, whose errors it raises, what it asks before the session and after the model."""
    first, second = {"client/config": False}, {"client/config": False, "client/dynamic_config": True}
    asked = {"tinker-0.15": {}, "tinker-0.18": first, "tinker-0.38": second, "fireworks-1.2": {}}
    assert profile.config_routes == asked[profile.name]
    assert profile.max_chunk_len == 1024
    assert profile.info_at_connect is (profile is TINKER_0_38)
    assert profile.foreign_errors is (profile is FIREWORKS_1_2)
    assert profile.empty_400_drops is (profile is not TINKER_0_15)
    late = next_step(profile.rule_of("forward").outer, Failure("dispatch", None, "dropped"), 0, 300.0)
    assert late == GiveUp(APIConnectionError)


@pytest.mark.parametrize(
    ("profile", "packages", "version", "bearer"),
    [
        (TINKER_0_15, "fireworks-ai 1.0.0a62 with tinker 0.15.0", "0.15.0", True),
        (TINKER_0_18, "fireworks-ai 1.0.0a63 with tinker 0.18.1", "0.18.1", True),
        (TINKER_0_38, "tinker 0.38.0", "0.38.0", False),
        (FIREWORKS_1_2, "fireworks-ai 1.2.30", "0.23.0", False),
    ],
)
def test_each_profile_introduces_itself_as_the_packages_that_were_measured(profile, packages, version, bearer):
    """Later SDKs send the key in one header (docs/reference/protocol.md §1.4)."""
    assert profile.packages.partition(" (")[0] == packages
    assert (profile.user_agent, profile.sdk_version) == (f"AsyncTinker/Python {version}", version)
    assert profile.key_headers == {"X-API-Key": "{key}"} | ({"Authorization": "Bearer {key}"} if bearer else {})
    assert [one for one in PROFILES.values() if one.summary == profile.summary] == [profile]
