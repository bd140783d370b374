"""Every cell of the f10 column of docs/reference/protocol.md §4: what the caller sees, after how many requests, keys
and waits.
"""

import asyncio
import json
import random
from dataclasses import replace
from itertools import count

import pytest

from gateway_sim.client.events import CallAnswered, CallLost, CallSent, RetryScheduled
from gateway_sim.client.sdk.caller import Caller, Request
from gateway_sim.client.sdk.calls import SdkCalls, request_type_of
from gateway_sim.client.sdk.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RequestFailedError,
    RetryableException,
    TinkerError,
    describe,
    failure_of,
)
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.profiles import (
    FIREWORKS_1_2,
    ONCE,
    TINKER_0_15,
    TINKER_0_18,
    TINKER_0_38,
    CallRule,
    PollRow,
)
from gateway_sim.client.sdk.retry_loops import Backoff, Loop
from tests.clock import run

DISPATCHED = ["forward", "forward_backward", "optim_step", "get_info", "save_weights", "load_weights"]
ASK_AGAIN = {"x-should-retry": "true"}
DO_NOT_ASK = {"x-should-retry": "false"}


async def _fails(work, error=Exception):
    """Await work that must raise `error`, in a run that began long ago, and return (exception, seconds it took)."""
    await asyncio.sleep(1000.0)
    started_s = asyncio.get_running_loop().time()
    with pytest.raises(error) as caught:
        await work
    return caught.value, asyncio.get_running_loop().time() - started_s


def _post(bench, route, *, seq_id=1):
    return bench.calls().post(route, {"model_id": "model-1", "seq_id": seq_id}, seq_id=seq_id)


# docs/reference/protocol.md §4.1, dispatch


@pytest.mark.parametrize("route", DISPATCHED)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (410, APIStatusError),
        (421, APIStatusError),
        (425, APIStatusError),
    ],
)
def test_dispatch_raises_a_final_status_after_one_request(bench, route, status, error):
    """A status that the SDK takes as final is raised at once, under its own class."""
    bench.trainer.answer(route, status)
    raised, took_s = run(_fails(_post(bench, route)))
    assert type(raised) is error
    assert (raised.status, raised.leg) == (status, "dispatch")
    assert len(bench.trainer.of(route)) == 1
    assert took_s < 0.1


@pytest.mark.parametrize("route", DISPATCHED)
@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_dispatch_retries_a_passing_status_five_times_in_nine_seconds(bench, route, status):
    """The inner loop waits 0.5 s doubling, by 0.75 to 1 of it, under one idempotency key."""
    bench.trainer.answer(route, status, until_s=5.0)
    run(_post(bench, route))
    assert 4 <= len(bench.trainer.of(route)) <= 6
    for gap_s, whole_s in zip(bench.trainer.gaps_s(route), [0.5, 1.0, 2.0, 4.0, 8.0], strict=False):
        assert 0.75 * whole_s - 1e-9 <= gap_s <= whole_s + 1e-9
    assert len(bench.trainer.keys(route)) == 1
    assert [sent.headers["x-stainless-retry-count"] for sent in bench.trainer.of(route)][:3] == ["0", "1", "2"]


@pytest.mark.parametrize("route", ["forward_backward", "get_info"])
@pytest.mark.parametrize(
    ("status", "error"),
    [(408, APIStatusError), (409, ConflictError), (429, RateLimitError), (503, InternalServerError)],
)
def test_dispatch_gives_up_after_300_seconds(bench, route, status, error):
    """Both loops together: 55 to 66 requests under 5 or 6 keys in 300 to 356 s, then the error of the status."""
    bench.trainer.answer(route, status)
    raised, took_s = run(_fails(_post(bench, route)))
    assert type(raised) is error
    assert 300 <= took_s <= 360
    assert 55 <= len(bench.trainer.of(route)) <= 66
    assert len(bench.trainer.keys(route)) in (5, 6)


@pytest.mark.parametrize("route", ["forward_backward", "save_weights"])
@pytest.mark.parametrize("headers", [{"retry-after": "2"}, {"retry-after-ms": "2000"}])
def test_dispatch_honours_retry_after(bench, route, headers):
    """The inner loop waits exactly as long as it is told; f10 does so for save_weights too."""
    bench.trainer.answer(route, 503, times=4, headers=headers)
    run(_post(bench, route))
    assert bench.trainer.gaps_s(route) == pytest.approx([2.0] * 4)


@pytest.mark.parametrize("told", ["0", "61", "Fri, 20 Nov 2026 21:00:00 GMT"])
def test_dispatch_ignores_a_retry_after_that_is_no_reasonable_number(bench, told):
    """Only waits above 0 and up to 60 s are honoured."""
    bench.trainer.answer("optim_step", 503, times=1, headers={"retry-after": told})
    run(_post(bench, "optim_step"))
    assert 0.375 <= bench.trainer.gaps_s("optim_step")[0] <= 0.5 + 1e-9


def test_the_outer_loop_ignores_retry_after(bench):
    """Once the inner loop is off, the waits are 1, 2, 4 s whatever the header says."""
    bench.trainer.answer("optim_step", 503, times=3, headers={**DO_NOT_ASK, "retry-after": "20"})
    run(_post(bench, "optim_step"))
    assert bench.trainer.gaps_s("optim_step") == pytest.approx([1.0, 2.0, 4.0])


def test_dispatch_503_that_forbids_retries_leaves_the_outer_loop(bench):
    """`x-should-retry: false` turns the inner loop off only: four requests, four keys, in 7 s."""
    bench.trainer.answer("forward_backward", 503, times=3, headers=DO_NOT_ASK)
    run(_post(bench, "forward_backward"))
    assert len(bench.trainer.keys("forward_backward")) == len(bench.trainer.of("forward_backward")) == 4


def test_dispatch_404_that_asks_for_a_retry_is_retried(bench):
    """`x-should-retry: true` makes a 404 passing; the call succeeds once it clears."""
    bench.trainer.answer("forward_backward", 404, times=4, headers=ASK_AGAIN)
    run(_post(bench, "forward_backward"))
    assert len(bench.trainer.of("forward_backward")) == 5
    assert len(bench.trainer.keys("forward_backward")) == 1


def test_dispatch_404_that_asks_for_retries_for_ever_ends_after_eleven(bench):
    """The outer loop does not take a 404 up, whatever the inner one was told."""
    bench.trainer.answer("forward_backward", 404, headers=ASK_AGAIN)
    raised, _ = run(_fails(_post(bench, "forward_backward")))
    assert type(raised) is NotFoundError
    assert len(bench.trainer.of("forward_backward")) == 11


@pytest.mark.parametrize(
    ("kind", "error"), [("refused", APIConnectionError), ("reset", APIConnectionError), ("timeout", APITimeoutError)]
)
def test_dispatch_retries_lost_calls_in_both_loops(bench, kind, error):
    """A lost call is retried as a 503 is, and raised as a connection error after 300 s."""
    bench.trainer.lose("optim_step", kind)
    raised, took_s = run(_fails(_post(bench, "optim_step")))
    assert type(raised) is error
    assert raised.status is None
    assert 300 <= took_s <= 360


@pytest.mark.parametrize("profile", [TINKER_0_15, TINKER_0_18, TINKER_0_38])
def test_a_400_without_a_body_drops_the_connection_of_later_sdks(bench, profile):
    """They open a new one after 1, 2, 4 s; f10 takes it for a refusal (docs/reference/protocol.md §2)."""
    bench.trainer.answer("forward_backward", 400, times=3, body=b"")

    async def work():
        return await bench.calls(profile).post("forward_backward", {"seq_id": 1}, seq_id=1)

    if profile is TINKER_0_15:
        assert type(run(_fails(work()))[0]) is BadRequestError
    else:
        run(work())
        assert bench.trainer.gaps_s("forward_backward") == pytest.approx([1.0, 2.0, 4.0])


@pytest.mark.parametrize("profile", [TINKER_0_18, TINKER_0_38])
def test_a_400_with_a_body_is_a_refusal_for_every_sdk(bench, profile):
    """Raised after one request."""
    bench.trainer.answer("forward_backward", 400, body={"detail": "no loss"})
    raised, _ = run(_fails(bench.calls(profile).post("forward_backward", {"seq_id": 1}, seq_id=1)))
    assert type(raised) is BadRequestError
    assert str(raised) == "POST /api/v1/forward_backward answered 400: no loss"


def test_only_a_400_says_that_a_connection_is_dropped(bench):
    """Another refusal without a body is a refusal."""
    bench.trainer.answer("forward_backward", 401, body=b"")
    raised, _ = run(_fails(bench.calls(TINKER_0_38).post("forward_backward", {"seq_id": 1}, seq_id=1)))
    assert type(raised) is AuthenticationError


def test_a_connection_that_is_always_dropped_is_a_connection_error(bench):
    """After the outer loop; the sentence says what came."""
    bench.trainer.answer("forward_backward", 400, body=b"")
    raised, _ = run(_fails(bench.calls(TINKER_0_38).post("forward_backward", {"seq_id": 1}, seq_id=1)))
    assert type(raised) is APIConnectionError
    assert str(raised) == "POST /api/v1/forward_backward answered 400: no body"


@pytest.mark.parametrize(("profile", "kind"), [(TINKER_0_38, "status"), (FIREWORKS_1_2, "foreign")])
def test_fireworks_1_2_raises_a_404_that_is_no_not_found_error_of_tinker(bench, profile, kind):
    """So code that catches tinker's class misses it; a lost call is a lost call in both (§4.1)."""
    bench.trainer.answer("optim_step", 404, times=1)
    raised, _ = run(_fails(bench.calls(profile).post("optim_step", {}, seq_id=1)))
    assert failure_of(raised).kind == kind
    bench.trainer.lose("optim_step", "reset")
    raised, _ = run(_fails(bench.calls(profile).post("optim_step", {}, seq_id=1)))
    assert failure_of(raised).kind == "reset"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"detail": "no route"}, "no route"),
        ({"message": "no such model"}, "no such model"),
        ({"detail": "", "message": "no such model"}, "no such model"),
        ({"title": "Unknown"}, '{"title": "Unknown"}'),
        ([1, 2], "[1, 2]"),
        (b"<html>", "<html>"),
        (b"x" * 300, "x" * 200),
        (b"\xff", "\ufffd"),
        (b"", "no body"),
    ],
)
def test_an_error_tells_what_the_answer_said(bench, body, told):
    """Its message, or the beginning of its text; the whole text is kept."""
    bench.trainer.answer("optim_step", 404, body=body)
    raised, _ = run(_fails(_post(bench, "optim_step")))
    assert str(raised) == f"POST /api/v1/optim_step answered 404: {told}"
    assert raised.body == (body.decode(errors="replace") if isinstance(body, bytes) else json.dumps(body))


def test_a_lost_call_tells_which_one_it_was(bench):
    """And how it was lost."""
    bench.trainer.lose("optim_step", "refused")
    raised, _ = run(_fails(_post(bench, "optim_step")))
    assert str(raised) == "POST /api/v1/optim_step: connection refused"


def test_a_call_that_is_made_once_is_not_repeated(bench):
    """Its caller has a loop of its own, and gets the failure instead of an exception."""
    bench.trainer.answer("get_info", 503, times=1)

    async def work():
        calls = bench.calls()
        return [await calls.post_once("get_info", {"model_id": "model-1"}) for _ in range(2)]

    refused, answered = run(work())
    assert isinstance(refused, Failure)
    assert (refused.status, answered.status) == (503, 200)
    sent = bench.trainer.of("get_info")
    assert [one.body for one in sent] == [{"model_id": "model-1"}] * 2
    assert "X-Idempotency-Key" not in sent[0].headers


def test_an_sdk_does_not_know_of_gateway_replicas(bench):
    """It has nothing to prove, and asks nothing."""
    assert run(bench.calls().warm_replicas("model-1")) is True
    assert bench.trainer.sent == []


def test_a_loop_of_a_users_own_may_have_a_budget(bench):
    """The inner one too, and a row of the poll table; each ends with it in a run that began long ago."""
    patient = Loop(any_status=True, backoff=Backoff(1.0, 1.0), budget_s=5.0)
    rule = CallRule("train", 60.0, patient, ONCE)
    profile = replace(TINKER_0_15, legs={**TINKER_0_15.legs, "dispatch": rule}, poll=(PollRow("any", patient),))
    bench.trainer.latency_s = 0.0
    for route in ("forward", "retrieve_future"):
        bench.trainer.answer(route, 404)
    assert run(_fails(bench.calls(profile).post("forward", {})))[1] == pytest.approx(5.0)
    assert run(_fails(bench.calls(profile).retrieve("req-1", "Forward", 0.0)))[1] == pytest.approx(5.0)


# docs/reference/protocol.md §4.2, connect


@pytest.mark.parametrize(("route", "pool"), [("create_session", "session"), ("create_model", "train")])
def test_connect_404_is_final(bench, route, pool):
    """A 404 while connecting is raised after one request."""
    bench.trainer.answer(route, 404)
    raised, _ = run(_fails(bench.training()))
    assert type(raised) is NotFoundError
    assert raised.leg == "connect"
    assert [sent.pool for sent in bench.trainer.of(route)] == [pool]


@pytest.mark.parametrize("route", ["create_session", "create_model"])
def test_connect_503_ends_after_the_inner_loop(bench, route):
    """Connecting has no outer loop: eleven requests within about a minute, one key."""
    bench.trainer.answer(route, 503)
    raised, took_s = run(_fails(bench.training()))
    assert type(raised) is InternalServerError
    assert len(bench.trainer.of(route)) == 11
    assert len(bench.trainer.keys(route)) == 1
    assert 49 <= took_s <= 66


def test_connect_honours_retry_after(bench):
    """A large Retry-After stretches the eleven requests."""
    bench.trainer.answer("create_session", 503, times=10, headers={"retry-after": "30"})
    run(bench.service())
    assert bench.trainer.gaps_s("create_session") == pytest.approx([30.0] * 10)


def test_a_404_while_the_new_models_result_is_fetched_is_a_value_error(bench):
    """create_model itself may succeed, and connecting still die of a poll."""
    bench.trainer.answer("retrieve_future", 404)
    raised, _ = run(_fails(bench.training()))
    assert type(raised) is ValueError
    assert describe(raised).leg == "poll"


# docs/reference/protocol.md §4.3, poll


def _poll(bench):
    """Hand in one optimizer step and fetch its result."""

    async def work():
        calls = bench.calls()
        promise = await calls.post("optim_step", {"model_id": "model-1", "seq_id": 1}, seq_id=1)
        return await calls.retrieve(promise["request_id"], "OptimStep", 0.01)

    return work()


@pytest.mark.parametrize("headers", [{}, {"retry-after": "2"}, ASK_AGAIN])
@pytest.mark.parametrize("status", [401, 403, 404, 409, 421, 425, 429])
def test_poll_turns_a_status_into_a_value_error_after_one_request(bench, status, headers):
    """The statuses that dispatch knows as errors of their own, or retries, are fatal here, whatever their headers."""
    bench.trainer.answer("retrieve_future", status, headers=headers)
    raised, took_s = run(_fails(_poll(bench)))
    assert type(raised) is ValueError
    assert isinstance(raised.__cause__, APIStatusError)
    assert (describe(raised).type, describe(raised).status, describe(raised).leg) == ("ValueError", status, "poll")
    assert len(bench.trainer.of("retrieve_future")) == 1
    assert took_s < 0.1


def test_poll_404_has_the_not_found_error_as_its_cause(bench):
    """`__cause__` holds the NotFoundError that neither PR's `except` sees."""
    bench.trainer.answer("retrieve_future", 404)
    raised, _ = run(_fails(_poll(bench)))
    assert type(raised.__cause__) is NotFoundError


@pytest.mark.parametrize("body", [b"", {"detail": "bad"}])
def test_poll_400_is_asked_four_times_at_once(bench, body):
    """A 400 might come from a balancer, so the SDK asks three times more, without waiting."""
    bench.trainer.answer("retrieve_future", 400, body=body)
    raised, took_s = run(_fails(_poll(bench)))
    assert type(raised) is ValueError
    assert len(bench.trainer.of("retrieve_future")) == 4
    assert took_s < 0.1


def test_poll_408_forgives_earlier_400s(bench):
    """The count of 400s starts anew after a 408, and goes on after a 503."""
    for status in (400, 400, 408, 400, 400, 503, 400):
        bench.trainer.answer("retrieve_future", status, times=1)
    run(_poll(bench))
    bench.trainer.sent.clear()
    for status in (400, 400, 503, 400, 400):
        bench.trainer.answer("retrieve_future", status, times=1)
    raised, _ = run(_fails(_poll(bench)))
    assert type(raised) is ValueError
    assert len(bench.trainer.of("retrieve_future")) == 5


def test_poll_410_is_a_retryable_exception(bench):
    """410 says "promise expired" to the SDK, which raises something that is no TinkerError."""
    bench.trainer.answer("retrieve_future", 410)
    raised, _ = run(_fails(_poll(bench)))
    assert type(raised) is RetryableException
    assert not isinstance(raised, TinkerError)
    assert (describe(raised).status, describe(raised).leg) == (410, "poll")
    assert len(bench.trainer.of("retrieve_future")) == 1


@pytest.mark.parametrize("headers", [{}, {"retry-after": "2"}, DO_NOT_ASK])
@pytest.mark.parametrize("status", [408, 500, 502, 503])
def test_poll_asks_again_at_once_as_fast_as_answers_come(bench, status, headers):
    """There is no wait and no budget: over 9 s the requests are bound by the round trip only; nothing is sent again."""
    body = {"type": "try_again", "queue_state": "route_not_ready"}
    bench.trainer.answer("retrieve_future", status, until_s=9.0, headers=headers, body=body)
    assert run(_poll(bench)) == {"metrics": None}
    assert len(bench.trainer.of("retrieve_future")) == pytest.approx(9.0 / bench.trainer.latency_s, rel=0.01)
    assert len(bench.trainer.of("optim_step")) == 1
    assert bench.heard(RetryScheduled) == []


def test_an_answer_that_is_held_slows_the_poll_down(bench):
    """What a gateway holds for a second is asked once a second."""
    bench.trainer.latency_s = 1.0
    bench.trainer.answer("retrieve_future", 503, until_s=9.0)
    run(_poll(bench))
    assert len(bench.trainer.of("retrieve_future")) <= 9


@pytest.mark.parametrize("kind", ["refused", "reset", "timeout"])
def test_poll_waits_after_lost_calls_without_a_budget(bench, kind):
    """1, 2, 4, 8, 16 and then 30 s, for as long as it takes."""
    bench.trainer.lose("retrieve_future", kind, times=20)
    run(_poll(bench))
    assert bench.trainer.gaps_s("retrieve_future") == pytest.approx([1, 2, 4, 8, 16] + [30] * 15)


def test_an_answer_makes_the_waits_after_lost_calls_start_anew(bench):
    """Any status proves the connection, so the next loss waits 1 s again."""
    bench.trainer.lose("retrieve_future", "reset", times=2)
    bench.trainer.answer("retrieve_future", 503, times=1)
    bench.trainer.lose("retrieve_future", "reset", times=1)
    run(_poll(bench))
    assert bench.trainer.gaps_s("retrieve_future") == pytest.approx([1.0, 2.0, 0.0, 1.0])


def test_poll_understands_try_again_and_metadata_with_status_200(bench):
    """A 200 may say "try again"; one that only tells the size is asked again for the whole."""
    bench.trainer.answer("retrieve_future", 200, times=1, body={"type": "try_again", "request_id": "req-1"})
    bench.trainer.answer("retrieve_future", 200, times=1, body={"status": "complete_metadata"})
    assert run(_poll(bench)) == {"metrics": None}
    assert [sent.body["allow_metadata_only"] for sent in bench.trainer.of("retrieve_future")] == [True, True, False]


def test_a_failed_operation_raises_with_its_category(bench):
    """A 200 with `error` is the work's own failure, and no reason to ask again."""
    bench.trainer.answer("retrieve_future", 200, body={"error": "no such loss", "category": "user"})
    raised, _ = run(_fails(_poll(bench)))
    assert type(raised) is RequestFailedError
    assert (raised.error, raised.category, raised.leg) == ("no such loss", "user", "poll")


def test_a_failed_operation_without_a_category_is_of_an_unknown_one(bench):
    """As tinker has it."""
    bench.trainer.answer("retrieve_future", 200, body={"error": "no such loss"})
    raised, _ = run(_fails(_poll(bench)))
    assert raised.category == "unknown"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"<html>", "expected JSON, got b'<html>'"),
        (b"<" * 90, f"expected JSON, got {b'<' * 80!r}"),
        ([1, 2], "expected a JSON object, got b'[1, 2]'"),
        ([1] * 40, f"expected a JSON object, got {str([1] * 40)[:80].encode()!r}"),
    ],
)
def test_an_answer_that_is_no_json_object_is_a_value_error(bench, body, complaint):
    """What cannot be read is never taken for a result; its beginning is in the sentence."""
    bench.trainer.answer("retrieve_future", 200, body=body)
    raised, _ = run(_fails(_poll(bench)))
    assert type(raised) is ValueError
    assert str(raised) == complaint


def test_poll_carries_the_headers_of_its_iteration(bench):
    """Iteration and type on each poll, the round trip of the dispatch on the first, 45 s to answer."""
    bench.trainer.answer("retrieve_future", 408, times=1)
    run(_poll(bench))
    first, second = bench.trainer.of("retrieve_future")
    assert [sent.headers["X-Tinker-Request-Iteration"] for sent in (first, second)] == ["0", "1"]
    assert first.headers["X-Tinker-Request-Type"] == second.headers["X-Tinker-Request-Type"] == "OptimStep"
    assert first.headers["X-Tinker-Create-Promise-Roundtrip-Time"] == "0.01"
    assert "X-Tinker-Create-Promise-Roundtrip-Time" not in second.headers
    assert (first.pool, first.timeout_s) == ("retrieve", 45.0)
    # each poll is a first attempt, under a key of its own
    assert [sent.headers["x-stainless-retry-count"] for sent in (first, second)] == ["0", "0"]
    assert len(bench.trainer.keys("retrieve_future")) == 2


def test_a_poll_is_told_to_the_trace_by_its_request(bench):
    """Sent and answered; an operation itself has no request id yet."""
    run(_poll(bench))
    path = "/api/v1/retrieve_future"
    assert bench.events[2:] == [
        CallSent("poll", path, None, "req-1"), CallAnswered("poll", path, 200, "req-1", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("route", "kind"), [("save_weights", "SaveWeights"), ("optim_step", "OptimStep"), ("forward", "Forward")]
)
def test_a_poll_names_the_kind_of_its_operation(route, kind):
    """In words with capitals (docs/reference/protocol.md §1.4)."""
    assert request_type_of(route) == kind


# docs/reference/protocol.md §4.4, what the sampling client's own loops do; more in test_sampling.py


def _sample(bench, profile=TINKER_0_15):
    return bench.calls(profile).sample({"num_samples": 1}, count())


def test_an_expired_promise_is_asked_for_anew_after_half_a_second_and_then_twice_that(bench):
    """A quarter less or more; the poll of each round tells how long the answer to its request took."""
    bench.trainer.answer("retrieve_future", 410, times=2)

    async def work():
        await asyncio.sleep(1000.0)
        return await _sample(bench)

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
    raised, _ = run(_fails(_sample(bench)))
    assert type(raised) is error
    assert len(bench.trainer.of("asample")) == 1


def test_a_round_that_was_given_up_is_followed_by_the_next(bench):
    """Its error is of those that the loop around request and polls takes up."""
    bench.trainer.answer("asample", 503, until_s=400.0)
    run(_sample(bench))
    assert bench.trainer.of("asample")[-1].at_s >= 400.0


# the trace, and what every call carries


def test_every_request_is_told_to_the_trace(bench):
    """Sent before, answered or lost after, and each wait before it begins."""
    bench.trainer.answer("optim_step", 503, times=1, headers={"retry-after": "2"})
    bench.trainer.lose("optim_step", "reset", times=1)
    run(_post(bench, "optim_step", seq_id=7))
    path = "/api/v1/optim_step"
    sent = CallSent("dispatch", path, 7, None)
    assert bench.events[:4] == [
        sent,
        CallAnswered("dispatch", path, 503, None, 2.0),
        RetryScheduled("dispatch", 2.0, "sdk"),
        sent,
    ]
    assert bench.events[4] == CallLost("dispatch", path, "reset")
    assert bench.events[-1] == CallAnswered("dispatch", path, 200, None)


@pytest.mark.parametrize(("status", "told_s"), [(200, None), (400, 2.0), (503, 2.0)])
def test_only_a_refusal_tells_its_caller_to_wait(bench, status, told_s):
    """In the trace; the header of a success says nothing about this request."""
    bench.trainer.answer("optim_step", status, times=1, headers={"retry-after": "2"}, body={})
    run(bench.calls().post_once("optim_step", {}))
    assert bench.heard(CallAnswered) == [CallAnswered("dispatch", "/api/v1/optim_step", status, None, told_s)]


def test_a_wait_of_less_than_a_second_is_told_to_the_trace_too(bench):
    """As each wait of the SDK's own loops."""
    bench.trainer.answer("optim_step", 503, times=2)
    run(_post(bench, "optim_step"))
    assert [one.after_s for one in bench.heard(RetryScheduled)] == pytest.approx(bench.trainer.gaps_s("optim_step"))


def test_a_get_has_no_body_and_no_idempotency_key(bench):
    """It changes nothing; its attempts are counted as those of a post (docs/reference/protocol.md §1.4)."""

    async def work():
        calls = bench.calls()
        await calls.get("list_checkpoints")
        await calls.post("optim_step", {})

    run(work())
    asked, posted = bench.trainer.sent
    assert (asked.method, asked.content) == ("GET", b"")
    assert "content-type" not in asked.headers
    assert "X-Idempotency-Key" not in asked.headers
    assert asked.headers["x-stainless-retry-count"] == "0"
    assert (posted.headers["content-type"], posted.content) == ("application/json", b"{}")
    assert {one.headers["accept"] for one in (asked, posted)} == {"application/json"}
    assert {one.headers["x-stainless-read-timeout"] for one in (asked, posted)} == {"60"}


def test_a_trailing_slash_of_the_trainers_address_changes_nothing(bench):
    """A path with two slashes would be another one for a gateway."""
    calls = SdkCalls("http://gateway/job/", "key-1", TINKER_0_15, bench.trainer, random.Random(0), bench.events.append)
    run(calls.post("optim_step", {}))
    assert [sent.url for sent in bench.trainer.sent] == ["http://gateway/job/api/v1/optim_step"]


def test_the_library_of_later_sdks_waits_twice_the_timeout(bench):
    """pyqwest adds the timeouts of reading and writing; the header still says 60 s."""
    run(bench.calls(TINKER_0_38).post("optim_step", {}))
    (sent,) = bench.trainer.sent
    assert (sent.timeout_s, sent.headers["x-stainless-read-timeout"]) == (120.0, "60")


def test_an_idempotency_key_has_128_bits(bench):
    """32 hexadecimal digits after the SDK's words."""
    caller = Caller(bench.trainer, random.Random(0), bench.events.append)
    keys = {caller.idempotency_key() for _ in range(64)}
    assert len(keys) == 64
    assert {len(key.removeprefix("stainless-python-retry-")) for key in keys} == {32}


def test_without_other_words_a_caller_is_of_no_foreign_sdk_and_takes_a_400_as_it_is(bench):
    """As the control plane's caller."""
    bench.trainer.answer("optim_step", 400, body=b"")
    request = Request("dispatch", "POST", "http://gateway", "/api/v1/optim_step", {})
    caller = Caller(bench.trainer, random.Random(0), bench.events.append)
    raised, _ = run(_fails(caller.call(request, TINKER_0_15.rule_of("optim_step"))))
    assert (type(raised), raised.failure.kind) == (BadRequestError, "status")


def test_f10_sends_the_key_in_both_headers(bench):
    """Auth as X-API-Key and as a bearer token, and the SDK's name."""
    run(_post(bench, "optim_step"))
    headers = bench.trainer.sent[0].headers
    assert (headers["X-API-Key"], headers["Authorization"]) == ("key-1", "Bearer key-1")
    assert headers["user-agent"].startswith("AsyncTinker/Python")


def test_the_same_seed_draws_the_same_waits_and_keys(bench):
    """Keys and waits come from the generator that was passed in, and from nowhere else."""
    bench.trainer.answer("optim_step", 503, times=3)
    run(_post(bench, "optim_step"))
    first = [(sent.at_s, sent.headers) for sent in bench.trainer.sent]
    bench.trainer.sent.clear()
    bench.trainer.answer("optim_step", 503, times=3)
    run(_post(bench, "optim_step"))
    assert first == [(sent.at_s, sent.headers) for sent in bench.trainer.sent]
