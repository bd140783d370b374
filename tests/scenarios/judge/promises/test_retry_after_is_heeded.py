"""No request is repeated earlier than its answer told, where its client heeds a Retry-After at all."""

import pytest

from gateway_sim.client.events import CallAnswered, CallSent
from gateway_sim.scenarios.judge.promises.retry_after_is_heeded import retry_after_is_heeded
from gateway_sim.scenarios.sim.events import WorldBuilt

STEP, POLL, SAVE, BEAT = (
    ("dispatch", "/api/v1/optim_step"), ("poll", "/api/v1/retrieve_future"), ("dispatch", "/api/v1/save_weights"),
    ("heartbeat", "/api/v1/session_heartbeat"),
)  # fmt: skip


def built(client="plain", sdk="tinker-0.15"):
    """Return the event of a world of this client."""
    return (0.0, WorldBuilt("overloaded-gateway", client, "not-found", sdk, "per-connection", "virtual", 3, ""))


def repeated(leg, told_s, after_s, since_s=1.0):
    """Return a request, its refusal at once, and the same request `after_s` later."""
    sent = CallSent(*leg, None, None)
    return [(since_s, sent), (since_s, CallAnswered(*leg, 503, None, told_s)), (since_s + after_s, sent)]


def test_a_repetition_before_the_told_second_breaks_it(history, broken):
    """A tenth of a second is the way of the answer; more is too early."""
    assert broken(retry_after_is_heeded, history(built(), *repeated(STEP, 10.0, 9.95))) == []
    assert broken(retry_after_is_heeded, history(built(), *repeated(STEP, 10.0, 8.0))) == [
        (9.0, "/api/v1/optim_step was sent again 2.0 s earlier than the answer told")
    ]


@pytest.mark.parametrize(
    ("client", "sdk", "leg", "told_s", "heeds"),
    [
        ("plain", "tinker-0.15", STEP, 60.0, True),
        ("plain", "tinker-0.15", STEP, 61.0, False),
        ("plain", "tinker-0.15", STEP, -5.0, False),
        ("plain", "tinker-0.15", POLL, 10.0, False),
        ("plain", "tinker-0.15", SAVE, 10.0, True),
        ("plain", "tinker-0.38", SAVE, 10.0, False),
        ("exactly-once", "tinker-0.38", SAVE, 10.0, True),
        ("exactly-once", "tinker-0.15", POLL, 10.0, True),
        ("exactly-once", "tinker-0.15", BEAT, 10.0, False),
        ("exactly-once", "tinker-0.15", STEP, 3600.0, False),
    ],
)
def test_only_what_a_client_heeds_by_its_rules_is_judged(history, broken, client, sdk, leg, told_s, heeds):
    """An SDK ignores the header on a poll and above 60 s; a heartbeat is no repetition."""
    assert bool(broken(retry_after_is_heeded, history(built(client, sdk), *repeated(leg, told_s, 1.0)))) is heeds


def test_a_new_round_of_an_sdk_does_not_look_at_the_header(history, broken):
    """The twelfth request begins the second round of eleven."""
    sent, told = CallSent(*STEP, None, None), CallAnswered(*STEP, 503, None, 10.0)
    round_of = [(10.0 * n, event) for n in range(11) for event in (sent, told)]
    assert broken(retry_after_is_heeded, history(built(), *round_of, (101.0, sent))) == []
    assert broken(retry_after_is_heeded, history(built("exactly-once"), *round_of, (101.0, sent))) != []


@pytest.mark.parametrize(("status", "heeds"), [(200, False), (399, False), (400, True)])
def test_an_answer_below_400_begins_the_rounds_of_an_sdk_anew(history, broken, status, heeds):
    """After it the twelfth request is the first of a round again; after a refusal it is the thirteenth in a row."""
    sent, told = CallSent(*STEP, None, None), CallAnswered(*STEP, 503, None, 10.0)
    before = [(0.0, sent), (0.0, CallAnswered(*STEP, status, None))]
    round_of = [(10.0 + 10.0 * n, event) for n in range(11) for event in (sent, told)]
    assert bool(broken(retry_after_is_heeded, history(built(), *before, *round_of, (111.0, sent)))) is heeds


@pytest.mark.parametrize(
    ("client", "told_s", "heeds"),
    [("plain", 0.5, True), ("plain", 0.0, False), ("exactly-once", 60.0, True), ("exactly-once", 0.5, True)],
)
def test_a_short_wait_and_the_longest_are_heeded(history, broken, client, told_s, heeds):
    """A Retry-After of 0 asks for nothing."""
    assert bool(broken(retry_after_is_heeded, history(built(client), *repeated(STEP, told_s, 0.25)))) is heeds


def test_a_refusal_from_400_on_can_tell_a_wait(history, broken):
    """And a client may come back a tenth of a second before its end."""
    sent = CallSent(*STEP, None, None)
    for status, told in ((399, 0), (400, 1)):
        answered = CallAnswered(*STEP, status, None, 10.0)
        trace = history(built(), (1.0, sent), (1.0, answered), (2.0, sent))
        assert len(broken(retry_after_is_heeded, trace)) == told
    assert broken(retry_after_is_heeded, history(built("exactly-once"), *repeated(STEP, 0.1, 0.0, since_s=0.0))) == []


def test_a_world_of_another_sdk_or_without_its_first_event_is_not_judged(history, broken):
    """Its rules are not known."""
    assert broken(retry_after_is_heeded, history(*repeated(STEP, 10.0, 1.0))) == []
    assert broken(retry_after_is_heeded, history(built(sdk="of-a-user"), *repeated(STEP, 10.0, 1.0))) == []
