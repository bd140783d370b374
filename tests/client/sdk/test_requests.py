"""What every request of the SDK carries, and what the trace is told of it."""

import random

import pytest

from gateway_sim.client.events import CallAnswered, CallLost, CallSent, RetryScheduled
from gateway_sim.client.sdk.caller import Caller, Request
from gateway_sim.client.sdk.calls import SdkCalls
from gateway_sim.client.sdk.errors import (
    BadRequestError,
)
from gateway_sim.client.sdk.profiles import (
    TINKER_0_15,
    TINKER_0_38,
)
from tests.client.sdk.calling import fails, post
from tests.clock import run


def test_every_request_is_told_to_the_trace(bench):
    """Sent before, answered or lost after, and each wait before it begins."""
    bench.trainer.answer("optim_step", 503, times=1, headers={"retry-after": "2"})
    bench.trainer.lose("optim_step", "reset", times=1)
    run(post(bench, "optim_step", seq_id=7))
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
    run(post(bench, "optim_step"))
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
    raised, _ = run(fails(caller.call(request, TINKER_0_15.rule_of("optim_step"))))
    assert (type(raised), raised.failure.kind) == (BadRequestError, "status")


def test_f10_sends_the_key_in_both_headers(bench):
    """Auth as X-API-Key and as a bearer token, and the SDK's name."""
    run(post(bench, "optim_step"))
    headers = bench.trainer.sent[0].headers
    assert (headers["X-API-Key"], headers["Authorization"]) == ("key-1", "Bearer key-1")
    assert headers["user-agent"].startswith("AsyncTinker/Python")


def test_the_same_seed_draws_the_same_waits_and_keys(bench):
    """Keys and waits come from the generator that was passed in, and from nowhere else."""
    bench.trainer.answer("optim_step", 503, times=3)
    run(post(bench, "optim_step"))
    first = [(sent.at_s, sent.headers) for sent in bench.trainer.sent]
    bench.trainer.sent.clear()
    bench.trainer.answer("optim_step", 503, times=3)
    run(post(bench, "optim_step"))
    assert first == [(sent.at_s, sent.headers) for sent in bench.trainer.sent]
