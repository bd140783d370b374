"""The ledger gives a repeat its first answer, whatever else was asked in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_sim.trainer_pod.ledger import (
    CREATE_SEQ_ID,
    UNLOAD_SEQ_ID,
    Conflict,
    Fresh,
    Ledger,
    OperationKey,
    Repeat,
    Verdict,
)

KEYS = st.builds(OperationKey, st.sampled_from(["m", "n"]), st.integers(1, 2), st.integers(1, 3))
BODIES = st.sampled_from(["step", "forward", "save"])


@given(st.lists(st.tuples(KEYS, BODIES)))
def test_a_body_keeps_its_first_request_and_a_key_its_first_body(asked: list[tuple[OperationKey, str]]) -> None:
    """For any sequence of requests: equal (key, body) get one request id, and the first body of a key stands."""
    ledger, requests, first = Ledger(), {}, {}
    for number, (key, body) in enumerate(asked):
        verdict = ledger.consult(key, body)
        if (key, body) in requests:
            assert verdict == Repeat(requests[key, body])
        elif key in first:
            assert verdict == Conflict(first[key])
        else:
            assert verdict == Fresh()
        ledger.record(key, body, f"req-{number}")
        requests.setdefault((key, body), f"req-{number}")
        first.setdefault(key, f"req-{number}")


FIRST = OperationKey("m", 1, 1)


@pytest.mark.parametrize(
    ("key", "body", "verdict"),
    [
        (FIRST, "step", Repeat("req-1")),
        (FIRST, "save", Repeat("req-2")),
        (FIRST, "load", Conflict("req-1")),
        (OperationKey("n", 1, 1), "step", Fresh()),
        (OperationKey("m", 2, 1), "step", Fresh()),
        (OperationKey("m", 1, 2), "step", Fresh()),
    ],
    ids=["the same", "the conflicting one again", "a third", "another model", "a later incarnation", "another seq_id"],
)
def test_what_a_request_is_after_a_step_and_a_save_that_conflicts_with_it(
    key: OperationKey, body: str, verdict: Verdict
) -> None:
    """The step was first under its key; the save was noted, so that its own repeat gets its own answer."""
    ledger = Ledger()
    ledger.record(FIRST, "step", "req-1")
    ledger.record(FIRST, "save", "req-2")
    assert ledger.consult(key, body) == verdict


def test_consulting_notes_nothing() -> None:
    """A request that was only looked at is as new as before."""
    ledger = Ledger()
    ledger.consult(FIRST, "step")
    assert ledger.consult(FIRST, "step") == Fresh()


def test_operations_without_a_seq_id_do_not_meet_those_of_the_sdk() -> None:
    """The SDK counts from 1; creating and unloading a model happen once, beside that count."""
    assert len({CREATE_SEQ_ID, UNLOAD_SEQ_ID}) == 2
    assert max(CREATE_SEQ_ID, UNLOAD_SEQ_ID) < 1
