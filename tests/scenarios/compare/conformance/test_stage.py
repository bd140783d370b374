"""A stage gives one answer at one place, for so long and no longer."""

import asyncio
import json
from email.utils import parsedate_to_datetime

import pytest

from gateway_sim.scenarios.compare.conformance.answers import ANSWERS
from gateway_sim.scenarios.compare.conformance.places import PLACES
from gateway_sim.scenarios.compare.conformance.stage import Stage
from gateway_sim.scenarios.sim import clock


async def platform(scope, receive, send):
    """Answer 200 to everything, with a session in the body."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps({"session_id": "session-1-7"}).encode()})


async def ask(stage, route):
    """Send one request through the stage and return (status, headers, body)."""
    told = {}

    async def receive():
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message):
        told.update(message)

    await stage({"type": "http", "path": f"/training/v1/x/acme/job-1/api/v1/{route}"}, receive, send)
    return told.get("status"), dict(told.get("headers", [])), told.get("body")


def tell(story, place="forward_backward", answer="503 + Retry-After", hold_s=9.0):
    """Play a story on virtual time with a stage."""

    async def play():
        stage = Stage(platform, PLACES[place], ANSWERS[answer], hold_s, clock.time_of_day_s)
        return stage, await story(stage)

    return clock.run(play())


def test_the_fault_begins_with_the_first_request_at_the_place_and_ends_by_itself():
    """Other routes are untouched, and what comes after is the platform's."""

    async def story(stage):
        await asyncio.sleep(100.0)
        statuses = [(await ask(stage, "optim_step"))[0]]
        for _ in range(4):
            statuses.append((await ask(stage, "forward_backward"))[0])
            await asyncio.sleep(4.0)
        return statuses

    stage, statuses = tell(story)
    assert statuses == [200, 503, 503, 503, 200]
    assert stage.asked_s == [100.0, 104.0, 108.0, 112.0]
    assert stage.recovered_s == 112.0


def test_the_answer_is_the_one_that_was_chosen():
    """Status, header and body."""
    _, (status, headers, body) = tell(lambda stage: ask(stage, "forward_backward"))
    assert (status, headers[b"retry-after"], json.loads(body)) == (503, b"2", {"detail": "the stage answers so"})


def test_a_date_lies_three_to_four_seconds_ahead():
    """An HTTP date has whole seconds: it is never earlier than was meant."""

    async def story(stage):
        await asyncio.sleep(0.4)
        told = (await ask(stage, "forward_backward"))[1][b"retry-after"].decode()
        return parsedate_to_datetime(told).timestamp() - clock.time_of_day_s()

    assert 3.0 <= tell(story, answer="503 + Retry-After date")[1] < 4.0


def test_an_answer_can_be_kept_back():
    """For the second that a gateway would hold a poll."""

    async def story(stage):
        await ask(stage, "forward_backward")
        return asyncio.get_running_loop().time()

    assert tell(story, answer="503 held 1 s")[1] == 1.0


def test_what_never_ends_does_not_end():
    """Long after the time that other faults last."""

    async def story(stage):
        statuses = []
        for _ in range(3):
            statuses.append((await ask(stage, "forward_backward"))[0])
            await asyncio.sleep(100.0)
        return statuses

    stage, statuses = tell(story, answer="503 without end")
    assert (statuses, stage.recovered_s) == ([503, 503, 503], None)


def test_no_answer_is_none_until_the_caller_leaves():
    """Not one status, and how long the caller had patience is noted."""

    async def story(stage):
        sent, body = [], [{"type": "http.request", "body": b"{}", "more_body": False}]

        async def receive():
            if body:
                return body.pop()
            await asyncio.sleep(60.0)
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        await stage({"type": "http", "path": "/api/v1/forward_backward"}, receive, send)
        return sent

    stage, sent = tell(story, answer="no answer")
    assert (sent, stage.waited_s) == ([], [60.0])


@pytest.mark.parametrize(("answer", "reached"), [("503 after it was done", 1), ("503", 0)])
def test_what_is_answered_after_it_was_done_has_reached_the_platform(answer, reached):
    """The caller hears the same 503; behind it the work was done, and its own answer is lost."""
    asked = []

    async def busy(scope, receive, send):
        asked.append(await receive())
        await platform(scope, receive, send)

    async def play():
        return await ask(
            Stage(busy, PLACES["forward_backward"], ANSWERS[answer], 9.0, clock.time_of_day_s), "forward_backward"
        )

    assert clock.run(play())[0] == 503
    assert len(asked) == reached


@pytest.mark.parametrize(("before", "status"), [(["create_model"], 200), (["forward_backward"], 404)])
def test_the_result_of_a_batch_is_another_place_than_that_of_a_model(before, status):
    """Both are retrieve_future: what was asked before tells them apart."""

    async def story(stage):
        for route in before:
            await ask(stage, route)
        return (await ask(stage, "retrieve_future"))[0]

    assert tell(story, place="forward_backward's result", answer="404")[1] == status


def test_the_session_is_noted():
    """By it the pod's ledger is read afterwards."""
    stage, _ = tell(lambda stage: ask(stage, "create_session"))
    assert stage.session_id == "session-1-7"
