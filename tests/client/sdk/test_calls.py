"""Every cell of the f10 column of docs/reference/protocol.md §4.1 and §4.2: what the caller sees, after how many
requests, keys and waits.
"""

import json
from dataclasses import replace

import pytest

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
from tests.client.sdk.calling import ASK_AGAIN, DO_NOT_ASK, fails, post
from tests.clock import run

DISPATCHED = ["forward", "forward_backward", "optim_step", "get_info", "save_weights", "load_weights"]


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
    raised, took_s = run(fails(post(bench, route)))
    assert type(raised) is error
    assert (raised.status, raised.leg) == (status, "dispatch")
    assert len(bench.trainer.of(route)) == 1
    assert took_s < 0.1


@pytest.mark.parametrize("route", DISPATCHED)
@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_dispatch_retries_a_passing_status_five_times_in_nine_seconds(bench, route, status):
    """The inner loop waits 0.5 s doubling, by 0.75 to 1 of it, under one idempotency key."""
    bench.trainer.answer(route, status, until_s=5.0)
    run(post(bench, route))
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
    raised, took_s = run(fails(post(bench, route)))
    assert type(raised) is error
    assert 300 <= took_s <= 360
    assert 55 <= len(bench.trainer.of(route)) <= 66
    assert len(bench.trainer.keys(route)) in (5, 6)


@pytest.mark.parametrize("route", ["forward_backward", "save_weights"])
@pytest.mark.parametrize("headers", [{"retry-after": "2"}, {"retry-after-ms": "2000"}])
def test_dispatch_honours_retry_after(bench, route, headers):
    """The inner loop waits exactly as long as it is told; f10 does so for save_weights too."""
    bench.trainer.answer(route, 503, times=4, headers=headers)
    run(post(bench, route))
    assert bench.trainer.gaps_s(route) == pytest.approx([2.0] * 4)


@pytest.mark.parametrize("told", ["0", "61", "Fri, 20 Nov 2026 21:00:00 GMT"])
def test_dispatch_ignores_a_retry_after_that_is_no_reasonable_number(bench, told):
    """Only waits above 0 and up to 60 s are honoured."""
    bench.trainer.answer("optim_step", 503, times=1, headers={"retry-after": told})
    run(post(bench, "optim_step"))
    assert 0.375 <= bench.trainer.gaps_s("optim_step")[0] <= 0.5 + 1e-9


def test_the_outer_loop_ignores_retry_after(bench):
    """Once the inner loop is off, the waits are 1, 2, 4 s whatever the header says."""
    bench.trainer.answer("optim_step", 503, times=3, headers={**DO_NOT_ASK, "retry-after": "20"})
    run(post(bench, "optim_step"))
    assert bench.trainer.gaps_s("optim_step") == pytest.approx([1.0, 2.0, 4.0])


def test_dispatch_503_that_forbids_retries_leaves_the_outer_loop(bench):
    """`x-should-retry: false` turns the inner loop off only: four requests, four keys, in 7 s."""
    bench.trainer.answer("forward_backward", 503, times=3, headers=DO_NOT_ASK)
    run(post(bench, "forward_backward"))
    assert len(bench.trainer.keys("forward_backward")) == len(bench.trainer.of("forward_backward")) == 4


def test_dispatch_404_that_asks_for_a_retry_is_retried(bench):
    """`x-should-retry: true` makes a 404 passing; the call succeeds once it clears."""
    bench.trainer.answer("forward_backward", 404, times=4, headers=ASK_AGAIN)
    run(post(bench, "forward_backward"))
    assert len(bench.trainer.of("forward_backward")) == 5
    assert len(bench.trainer.keys("forward_backward")) == 1


def test_dispatch_404_that_asks_for_retries_for_ever_ends_after_eleven(bench):
    """The outer loop does not take a 404 up, whatever the inner one was told."""
    bench.trainer.answer("forward_backward", 404, headers=ASK_AGAIN)
    raised, _ = run(fails(post(bench, "forward_backward")))
    assert type(raised) is NotFoundError
    assert len(bench.trainer.of("forward_backward")) == 11


@pytest.mark.parametrize(
    ("kind", "error"), [("refused", APIConnectionError), ("reset", APIConnectionError), ("timeout", APITimeoutError)]
)
def test_dispatch_retries_lost_calls_in_both_loops(bench, kind, error):
    """A lost call is retried as a 503 is, and raised as a connection error after 300 s."""
    bench.trainer.lose("optim_step", kind)
    raised, took_s = run(fails(post(bench, "optim_step")))
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
        assert type(run(fails(work()))[0]) is BadRequestError
    else:
        run(work())
        assert bench.trainer.gaps_s("forward_backward") == pytest.approx([1.0, 2.0, 4.0])


@pytest.mark.parametrize("profile", [TINKER_0_18, TINKER_0_38])
def test_a_400_with_a_body_is_a_refusal_for_every_sdk(bench, profile):
    """Raised after one request."""
    bench.trainer.answer("forward_backward", 400, body={"detail": "no loss"})
    raised, _ = run(fails(bench.calls(profile).post("forward_backward", {"seq_id": 1}, seq_id=1)))
    assert type(raised) is BadRequestError
    assert str(raised) == "POST /api/v1/forward_backward answered 400: no loss"


def test_only_a_400_says_that_a_connection_is_dropped(bench):
    """Another refusal without a body is a refusal."""
    bench.trainer.answer("forward_backward", 401, body=b"")
    raised, _ = run(fails(bench.calls(TINKER_0_38).post("forward_backward", {"seq_id": 1}, seq_id=1)))
    assert type(raised) is AuthenticationError


def test_a_connection_that_is_always_dropped_is_a_connection_error(bench):
    """After the outer loop; the sentence says what came."""
    bench.trainer.answer("forward_backward", 400, body=b"")
    raised, _ = run(fails(bench.calls(TINKER_0_38).post("forward_backward", {"seq_id": 1}, seq_id=1)))
    assert type(raised) is APIConnectionError
    assert str(raised) == "POST /api/v1/forward_backward answered 400: no body"


@pytest.mark.parametrize(("profile", "kind"), [(TINKER_0_38, "status"), (FIREWORKS_1_2, "foreign")])
def test_fireworks_1_2_raises_a_404_that_is_no_not_found_error_of_tinker(bench, profile, kind):
    """So code that catches tinker's class misses it; a lost call is a lost call in both (§4.1)."""
    bench.trainer.answer("optim_step", 404, times=1)
    raised, _ = run(fails(bench.calls(profile).post("optim_step", {}, seq_id=1)))
    assert failure_of(raised).kind == kind
    bench.trainer.lose("optim_step", "reset")
    raised, _ = run(fails(bench.calls(profile).post("optim_step", {}, seq_id=1)))
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
    raised, _ = run(fails(post(bench, "optim_step")))
    assert str(raised) == f"POST /api/v1/optim_step answered 404: {told}"
    assert raised.body == (body.decode(errors="replace") if isinstance(body, bytes) else json.dumps(body))


def test_a_lost_call_tells_which_one_it_was(bench):
    """And how it was lost."""
    bench.trainer.lose("optim_step", "refused")
    raised, _ = run(fails(post(bench, "optim_step")))
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
    assert run(fails(bench.calls(profile).post("forward", {})))[1] == pytest.approx(5.0)
    assert run(fails(bench.calls(profile).retrieve("req-1", "Forward", 0.0)))[1] == pytest.approx(5.0)


# docs/reference/protocol.md §4.2, connect


@pytest.mark.parametrize(("route", "pool"), [("create_session", "session"), ("create_model", "train")])
def test_connect_404_is_final(bench, route, pool):
    """A 404 while connecting is raised after one request."""
    bench.trainer.answer(route, 404)
    raised, _ = run(fails(bench.training()))
    assert type(raised) is NotFoundError
    assert raised.leg == "connect"
    assert [sent.pool for sent in bench.trainer.of(route)] == [pool]


@pytest.mark.parametrize("route", ["create_session", "create_model"])
def test_connect_503_ends_after_the_inner_loop(bench, route):
    """Connecting has no outer loop: eleven requests within about a minute, one key."""
    bench.trainer.answer(route, 503)
    raised, took_s = run(fails(bench.training()))
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
    raised, _ = run(fails(bench.training()))
    assert type(raised) is ValueError
    assert describe(raised).leg == "poll"
