"""A sampling client under the loops of each SDK: what its caller sees, after how many requests and waits."""

import asyncio
from itertools import count
from typing import Any

import pytest

from gateway_sim.client.sdk.errors import (
    APIConnectionError,
    APIStatusError,
    NotFoundError,
    RequestFailedError,
    failure_of,
)
from gateway_sim.client.sdk.profiles import FIREWORKS_1_2, PROFILES, TINKER_0_15, TINKER_0_18, TINKER_0_38
from gateway_sim.client.sdk.sampling import SamplingClient
from tests.client.sdk.calling import fails
from tests.clock import run

SAMPLE = {"max_tokens": 1, "seed": 3}
SAMPLING = [profile for profile in PROFILES.values() if profile.sampling is not None]


async def drawn(bench: Any, profile: Any = TINKER_0_15, times: int = 1) -> float:
    """Draw from a sampling client, and return the seconds that it took."""
    began_s = asyncio.get_running_loop().time()
    client = SamplingClient(bench.calls(profile), "session-1:sample:0")
    for _ in range(times):
        output = await client.sample([1, 2], SAMPLE)
        assert output.sequences[0].tokens == [7]
    return asyncio.get_running_loop().time() - began_s


def numbers(bench: Any) -> list[int]:
    """Return the seq_ids that the pod was asked under."""
    return [sent.body["seq_id"] for sent in bench.trainer.of("asample")]


def test_a_request_goes_over_the_samplers_own_pool_and_is_polled_as_any_result(bench):
    """Neither the pool of training calls nor that of the session has a connection for it."""
    run(drawn(bench, times=2))
    assert [(sent.pool, sent.route) for sent in bench.trainer.sent] == [
        ("sample", "asample"), ("retrieve", "retrieve_future"),
    ] * 2  # fmt: skip
    assert numbers(bench) == [0, 1]
    (first, _) = bench.trainer.of("asample")
    assert first.body["sampling_session_id"] == "session-1:sample:0"
    assert first.body["sampling_params"] == SAMPLE
    assert first.body["num_samples"] == 1
    assert bench.trainer.of("retrieve_future")[0].headers["X-Tinker-Request-Type"] == "Sample"


@pytest.mark.parametrize("status", [400, 401, 404, 410, 421, 425])
def test_a_final_status_ends_it_after_one_request(bench, status):
    """So does a 404 of a gateway that does not know the route, whatever x-should-retry says."""
    bench.trainer.answer("asample", status, headers={"x-should-retry": "true"})
    with pytest.raises(APIStatusError) as raised:
        run(drawn(bench))
    assert (raised.value.status, raised.value.leg) == (status, "sample")
    assert len(bench.trainer.of("asample")) == 1


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503])
def test_a_passing_failure_is_asked_again_after_1_2_4_seconds(bench, status):
    """There is no inner loop: a Retry-After is not heeded."""
    bench.trainer.answer("asample", status, times=3, headers={"retry-after": "20"})
    run(drawn(bench))
    assert bench.trainer.gaps_s("asample") == pytest.approx([1.0, 2.0, 4.0])


def test_a_429_is_asked_again_each_second_for_longer_than_any_budget(bench):
    """It counts towards no loop, and its Retry-After is not heeded."""
    bench.trainer.answer("asample", 429, until_s=400.0, headers={"retry-after": "20"})
    run(drawn(bench))
    gaps_s = bench.trainer.gaps_s("asample")
    assert gaps_s == pytest.approx([1.0] * len(gaps_s))
    assert len(gaps_s) > 390


@pytest.mark.parametrize(("profile", "asked"), [(TINKER_0_15, [0, 1, 2]), (TINKER_0_18, [0, 1, 2])])
def test_older_sdks_repeat_a_request_under_the_next_number(bench, profile, asked):
    """A pod cannot know it as a repetition: it draws again, and without a seed it draws other tokens."""
    bench.trainer.answer("asample", 503, times=1)
    bench.trainer.answer("asample", 429, times=1)
    run(drawn(bench, profile))
    assert numbers(bench) == asked


def test_tinker_0_38_repeats_a_request_under_its_number_until_its_round_ends(bench):
    """An expired promise begins another round, whose request is a new one."""
    bench.trainer.answer("asample", 503, times=1)
    bench.trainer.answer("retrieve_future", 410, times=1)
    run(drawn(bench, TINKER_0_38))
    assert numbers(bench) == [0, 0, 1]


def test_an_outage_outlasts_the_budget_of_one_round(bench):
    """After 300 s the sampling client's own loop begins the next one, without telling its caller."""
    bench.trainer.answer("asample", 503, until_s=1000.0)
    assert run(drawn(bench)) > 1000.0


def test_two_hours_without_a_result_end_it(bench):
    """The only limit: the connection is said to have failed."""
    bench.trainer.answer("asample", 503)
    with pytest.raises(APIConnectionError, match="no progress was made in 7200 s") as raised:
        run(drawn(bench))
    failure = failure_of(raised.value)
    assert (failure.leg, failure.kind, failure.status) == ("sample", "timeout", None)
    assert bench.trainer.of("asample")[-1].at_s < 7200.0


@pytest.mark.parametrize("profile", SAMPLING, ids=[profile.name for profile in SAMPLING])
@pytest.mark.parametrize("status", [401, 404, 409, 421])
def test_a_poll_that_is_given_up_is_not_asked_for_anew(bench, profile, status):
    """It is a ValueError, which no loop repeats; a 409 of the request itself would be."""
    bench.trainer.answer("retrieve_future", status)
    with pytest.raises(ValueError, match="given up"):
        run(drawn(bench, profile))
    assert len(bench.trainer.of("asample")) == 1


def test_a_request_that_the_pod_could_not_do_is_the_callers_error(bench):
    """As of any operation: a 200 with the error in it."""
    bench.trainer.answer("retrieve_future", 200, body={"error": "prompt[0] is 300", "category": "user"})
    with pytest.raises(RequestFailedError, match="prompt"):
        run(drawn(bench))
    assert len(bench.trainer.of("asample")) == 1


def test_a_sampler_is_made_of_saved_weights(bench):
    """The session's calls are made over its own pool; tinker 0.38 then asks what the sampler draws from."""

    async def made(profile: Any) -> list[tuple[str, str]]:
        from gateway_sim.client.sdk.service import ServiceClient

        calls = bench.calls(profile)
        service = await ServiceClient.open(calls, bench.events.append, None)
        training = await service.create_training_client("bytes", 4)
        saved = await (await training.save_weights_for_sampler("one")).result()
        before = len(bench.trainer.sent)
        await training.create_sampling_client(saved.path)
        second = await service.create_sampling_client(base_model="bytes")
        await service.close()
        assert second.sampler_id == "session-1:sample:1"
        return [(sent.pool, sent.route) for sent in bench.trainer.sent[before:]]

    session = ("session", "create_sampling_session")
    assert run(made(TINKER_0_15)) == [session, session]
    assert run(made(TINKER_0_38)) == [session, ("train", "samplers/session-1:sample:0"), session]


def test_a_404_of_its_session_is_final(bench):
    """It is a call of the connect leg."""
    bench.trainer.answer("create_sampling_session", 404)

    async def made() -> None:
        training = await bench.training()
        try:
            await training.create_sampling_client("step-1")
        finally:
            await training.close()

    with pytest.raises(NotFoundError) as raised:
        run(made())
    assert (raised.value.leg, len(bench.trainer.of("create_sampling_session"))) == ("connect", 1)


def test_users_of_fireworks_1_2_sample_elsewhere(bench):
    """Its training client has no sampler of the trainer, and says so before any request."""
    with pytest.raises(NotImplementedError, match="sample from a deployment"):
        run(drawn(bench, FIREWORKS_1_2))
    assert bench.trainer.sent == []


def sampled(bench: Any, profile: Any = TINKER_0_15) -> Any:
    """Return what asks for one sample over the calls, below a sampling client."""
    return bench.calls(profile).sample({"num_samples": 1}, count())


def test_an_expired_promise_is_asked_for_anew_after_half_a_second_and_then_twice_that(bench):
    """A quarter less or more; the poll of each round tells how long the answer to its request took."""
    bench.trainer.answer("retrieve_future", 410, times=2)

    async def work():
        await asyncio.sleep(1000.0)
        return await sampled(bench)

    assert run(work())["sequences"][0]["tokens"] == [7]
    asked, polls = bench.trainer.of("asample"), bench.trainer.of("retrieve_future")
    waits_s = [later.at_s - poll.at_s - bench.trainer.latency_s for poll, later in zip(polls, asked[1:], strict=False)]
    assert 0.375 <= waits_s[0] <= 0.625
    assert 0.75 <= waits_s[1] <= 1.25
    roundtrips = [float(one.headers["X-Tinker-Create-Promise-Roundtrip-Time"]) for one in polls]
    assert roundtrips == pytest.approx([0.01] * 3)


@pytest.mark.parametrize(
    ("route", "status", "error"),
    [("asample", 404, NotFoundError), ("retrieve_future", 404, ValueError), ("retrieve_future", 409, ValueError)],
)
def test_what_a_sampling_client_gives_up_is_asked_for_once(bench, route, status, error):
    """A 409 of a poll is no loop's, although one of the request is."""
    bench.trainer.answer(route, status)
    raised, _ = run(fails(sampled(bench)))
    assert type(raised) is error
    assert len(bench.trainer.of("asample")) == 1


def test_a_round_that_was_given_up_is_followed_by_the_next(bench):
    """Its error is of those that the loop around request and polls takes up."""
    bench.trainer.answer("asample", 503, until_s=400.0)
    run(sampled(bench))
    assert bench.trainer.of("asample")[-1].at_s >= 400.0
