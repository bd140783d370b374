"""What each policy answers to each failure: no world is needed."""

import random
from dataclasses import FrozenInstanceError, fields

import pytest

from gateway_sim.client.connecting import Access
from gateway_sim.client.exactly_once.calls import ExactlyOnceCalls
from gateway_sim.client.job_manager import TrainerEndpoint
from gateway_sim.client.retry_policies import (
    After,
    AskControlPlane,
    Blanket404,
    ExactlyOnce,
    GiveUp,
    Plain,
    WarmupVerified,
)
from gateway_sim.client.sdk.calls import SdkCalls
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.warmup import Warmup
from tests import clock

MISS = Failure("dispatch", 404, "status")
OTHERS = [
    Failure("poll", 404, "abandoned"),
    Failure("poll", 410, "abandoned"),
    Failure("poll", 200, "operation"),
    Failure("dispatch", 503, "status"),
    Failure("dispatch", None, "refused"),
]


@pytest.mark.parametrize("failure", [MISS, *OTHERS])
def test_plain_always_gives_up(failure):
    """The SDK's own verdict is the last word."""
    assert Plain().on_failure(failure, 0) == GiveUp()


@pytest.mark.parametrize("policy", [Blanket404(), WarmupVerified()])
@pytest.mark.parametrize("failure", OTHERS)
def test_the_prs_know_no_failure_but_a_not_found_error(policy, failure):
    """A 404 that the poll loop has turned into a ValueError is not theirs."""
    assert policy.on_failure(failure, 0) == GiveUp()


def test_blanket_404_waits_six_times():
    """2, 4, 8, 16, 30 and 30 s: 90 in all (PR 344)."""
    answers = [Blanket404().on_failure(MISS, attempt) for attempt in range(7)]
    assert answers == [After(s, s) for s in (2.0, 4.0, 8.0, 16.0, 30.0, 30.0)] + [GiveUp()]


def test_warmup_verified_asks_before_each_of_four_waits():
    """2, 4, 8 and 15 s, each only if the control plane agrees (PR 348)."""
    answers = [WarmupVerified().on_failure(MISS, attempt) for attempt in range(5)]
    assert answers == [AskControlPlane(After(s, s)) for s in (2.0, 4.0, 8.0, 15.0)] + [GiveUp()]


def test_more_verified_retries_than_waits_repeat_the_longest():
    """A user may ask for more of them."""
    answers = [WarmupVerified(max_retries=6).on_failure(MISS, attempt) for attempt in range(3, 7)]
    assert answers == [AskControlPlane(After(15.0, 15.0))] * 3 + [GiveUp()]


def test_exactly_once_has_the_settings_that_its_verdicts_were_measured_with():
    """Another default would be another fix."""
    assert ExactlyOnce() == ExactlyOnce(
        first_s=0.4, longest_s=2.0, longest_told_s=60.0, told_spread=0.1, patience_s=800.0,
        probe_every_s=1.0, probe_jitter_s=0.3, queued_every_s=2.0, fresh_after_refusal_s=30.0,
        warm_replicas_gap_s=0.25, warm_replicas_healthy_s=2.5, warm_replicas_longest_s=10.0, remembered=512,
    )  # fmt: skip


def test_warmup_verified_has_the_constants_of_the_pr():
    """Three successes, 120 s, one second apart."""
    warmup = WarmupVerified().warmup
    assert (warmup.required_successes, warmup.timeout_s, warmup.gap_s) == (3, 120.0, 1.0)
    assert Plain().warmup is Blanket404().warmup is None


def test_the_warmups_backoff_after_404s_is_bounded():
    """2, 4, 8, 15, 15 s; after a success the gap."""
    assert [Warmup().wait_s(misses) for misses in range(6)] == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]


def test_waits_double_up_to_two_seconds_and_nothing_is_left_for_the_outer_loop():
    """At most five requests a second for one future."""
    policy = ExactlyOnce()
    assert [policy.wait(n) for n in range(4)] == [After(0.2, 0.4), After(0.4, 0.8), After(0.8, 1.6), After(1.0, 2.0)]
    assert policy.on_failure(Failure("dispatch", 404, "status"), 0) == GiveUp()


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 413, 421, 422, 429, 503])
def test_only_what_is_wrong_with_the_call_itself_is_final(code):
    """Whatever a routing layer can say may change."""
    assert ExactlyOnce().is_final(Failure("poll", code, "status")) is (code in (400, 401, 403, 413, 422))


@pytest.mark.parametrize("policy", [Plain, Blanket404, WarmupVerified, ExactlyOnce])
def test_policies_are_frozen_records_that_say_what_they_are(policy):
    """The repr is the whole configuration, and the name is what people type."""
    record = policy()
    assert record.name.replace("-", "_") == policy.__module__.rpartition(".")[2]
    assert all(field.name in repr(record) for field in fields(record))
    with pytest.raises((FrozenInstanceError, AttributeError)):
        record.waits_s = (1.0,)


@pytest.mark.parametrize("kind", [Plain, Blanket404, WarmupVerified, ExactlyOnce])
def test_a_policy_connects_by_calls_of_its_own(kind, bench):
    """Exactly-once repeats single calls; every other policy leaves them to the SDK."""

    async def story():
        access = Access(None, "key-1", bench.trainer, random.Random(0), bench.events.append)
        endpoint = TrainerEndpoint("http://gateway/training/v1/rlorTrainerJobs/acme/job-1", "acme", "job-1")
        return kind().calls(access, endpoint)

    calls = clock.run(story())
    assert isinstance(calls, ExactlyOnceCalls if kind.name == "exactly-once" else SdkCalls)
    assert calls.profile.name == "tinker-0.15"


@pytest.mark.parametrize(
    ("told_s", "wait_s"), [(None, 0.0), (-1.0, 0.0), (0.25, 0.25), (10.0, 10.0), (60.0, 60.0), (3600.0, 60.0)]
)
def test_a_told_wait_is_kept_up_to_a_minute_and_a_tenth_longer(told_s, wait_s):
    """Also one that is shorter than a second; an answer that told none, or a moment that has passed, asks for none."""
    told = ExactlyOnce().told(Failure("dispatch", 503, "status", retry_after_s=told_s))
    assert (told.low_s, told.high_s) == (wait_s, pytest.approx(wait_s * 1.1))
