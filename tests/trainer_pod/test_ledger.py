"""The ledger gives a repeat its first answer, whatever else was asked in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trainer_pod.ledger import Conflict, Fresh, Ledger, OperationKey, Repeat

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


def test_another_incarnation_starts_an_empty_page() -> None:
    """The same model and seq_id in a later incarnation are another operation."""
    ledger = Ledger()
    ledger.record(OperationKey("m", 1, 1), "step", "req-1")
    assert ledger.consult(OperationKey("m", 2, 1), "step") == Fresh()
