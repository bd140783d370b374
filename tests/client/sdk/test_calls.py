"""Every cell of the f10 column of docs/reference/protocol.md §4: what the caller sees, after how many requests, keys
and waits.
"""

import asyncio

import pytest

from gateway_sim.client.events import CallAnswered, CallLost, CallSent, RetryScheduled
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
)
from gateway_sim.client.sdk.profiles import TINKER_0_15, TINKER_0_38
from tests.clock import run

DISPATCHED = ["forward", "forward_backward", "optim_step", "get_info", "save_weights", "load_weights"]
ASK_AGAIN = {"x-should-retry": "true"}
DO_NOT_ASK = {"x-should-retry": "false"}


async def _fails(work, error=Exception):
    """Await work that must raise `error` and return (exception, seconds it took)."""
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


@pytest.mark.parametrize(
    ("profile", "status", "body", "requests"),
    [
        (TINKER_0_38, 400, b"", 2),
        (TINKER_0_38, 400, b"{}", 1),
        (TINKER_0_38, 401, b"", 1),
        (TINKER_0_15, 400, b"", 1),
    ],
)
def test_a_400_without_a_body_drops_the_connection_for_sdks_that_know_it(bench, profile, status, body, requests):
    """It is sent again, as after a connection that was lost; any other refusal is final."""
    bench.trainer.answer("optim_step", status, times=1, body=body)

    async def story():
        try:
            await bench.calls(profile).post("optim_step", {"model_id": "model-1", "seq_id": 1}, seq_id=1)
        except APIStatusError as refused:
            return refused.status
        return None

    assert run(story()) == (status if requests == 1 else None)
    assert len(bench.trainer.of("optim_step")) == requests


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


@pytest.mark.parametrize("body", [b"<html>", [1, 2]])
def test_an_answer_that_is_no_json_object_is_a_value_error(bench, body):
    """What cannot be read is never taken for a result."""
    bench.trainer.answer("retrieve_future", 200, body=body)
    raised, _ = run(_fails(_poll(bench)))
    assert type(raised) is ValueError


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
