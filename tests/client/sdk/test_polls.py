"""Every cell of the f10 column of docs/reference/protocol.md §4.3: what a poll ends with, and how often it asks."""

import pytest

from gateway_sim.client.events import CallAnswered, CallSent, RetryScheduled
from gateway_sim.client.sdk.calls import request_type_of
from gateway_sim.client.sdk.errors import (
    APIStatusError,
    NotFoundError,
    RequestFailedError,
    RetryableException,
    TinkerError,
    describe,
)
from tests.client.sdk.calling import ASK_AGAIN, DO_NOT_ASK, fails
from tests.clock import run


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
    raised, took_s = run(fails(_poll(bench)))
    assert type(raised) is ValueError
    assert isinstance(raised.__cause__, APIStatusError)
    assert (describe(raised).type, describe(raised).status, describe(raised).leg) == ("ValueError", status, "poll")
    assert len(bench.trainer.of("retrieve_future")) == 1
    assert took_s < 0.1


def test_poll_404_has_the_not_found_error_as_its_cause(bench):
    """`__cause__` holds the NotFoundError that neither PR's `except` sees."""
    bench.trainer.answer("retrieve_future", 404)
    raised, _ = run(fails(_poll(bench)))
    assert type(raised.__cause__) is NotFoundError


@pytest.mark.parametrize("body", [b"", {"detail": "bad"}])
def test_poll_400_is_asked_four_times_at_once(bench, body):
    """A 400 might come from a balancer, so the SDK asks three times more, without waiting."""
    bench.trainer.answer("retrieve_future", 400, body=body)
    raised, took_s = run(fails(_poll(bench)))
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
    raised, _ = run(fails(_poll(bench)))
    assert type(raised) is ValueError
    assert len(bench.trainer.of("retrieve_future")) == 5


def test_poll_410_is_a_retryable_exception(bench):
    """410 says "promise expired" to the SDK, which raises something that is no TinkerError."""
    bench.trainer.answer("retrieve_future", 410)
    raised, _ = run(fails(_poll(bench)))
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
    raised, _ = run(fails(_poll(bench)))
    assert type(raised) is RequestFailedError
    assert (raised.error, raised.category, raised.leg) == ("no such loss", "user", "poll")


def test_a_failed_operation_without_a_category_is_of_an_unknown_one(bench):
    """As tinker has it."""
    bench.trainer.answer("retrieve_future", 200, body={"error": "no such loss"})
    raised, _ = run(fails(_poll(bench)))
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
    raised, _ = run(fails(_poll(bench)))
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
