"""The verdict on a trace, from promises written by hand."""

from collections.abc import Iterator

import pytest

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.verdict import VERDICTS, Broken, held_to
from gateway_sim.scenarios.sim.events import RunFinished, RunHung, RunStarted
from gateway_sim.scenarios.sim.trace import Trace


def it_is_kept(trace: Trace) -> Iterator[Violation]:
    """It is kept."""
    yield from ()


def the_users_run_ends(trace: Trace) -> Iterator[Violation]:
    """The user's run ends: twice broken, by the first entry and by none."""
    yield Violation.of("first", trace.entries[0])
    yield Violation("second", 2.00000049)


def it_crashes(trace: Trace) -> Iterator[Violation]:
    """It crashes after a violation."""
    yield Violation("half", 1.0)
    raise ZeroDivisionError("of it")


@pytest.mark.parametrize(
    ("promises", "must_reach", "verdict", "told"),
    [
        ([], [], "kept", []),
        ([it_is_kept], [RunStarted], "kept", []),
        ([it_is_kept, the_users_run_ends], [RunStarted], "broken",
         [("the users run ends", "first", 1.234567), ("the users run ends", "second", 2.0)]),
        ([the_users_run_ends, it_crashes], [RunStarted], "not_exercised",
         [("it crashes", "the promise itself crashed: ZeroDivisionError: of it", 0.0),
          ("the users run ends", "first", 1.234567), ("the users run ends", "second", 2.0)]),
        ([it_is_kept], [RunStarted, RunFinished, RunHung], "not_exercised",
         [("the race took place", "it never reached RunFinished", 0.0),
          ("the race took place", "it never reached RunHung", 0.0)]),
    ],
    ids=["no promise", "kept", "broken", "crashed", "not reached"],
)  # fmt: skip
def test_a_verdict_and_its_reasons(history, promises, must_reach, verdict, told):
    """What proved nothing comes first; of a promise that crashed nothing else is told."""
    given, broken = held_to(promises, must_reach, history((1.2345674, RunStarted(1))))
    assert (given, [(one.promise, one.message, one.at_s) for one in broken]) == (verdict, told)
    assert given.replace("_", "-") in VERDICTS


def test_a_violation_keeps_its_witness_and_its_sentence(history):
    """The document has the name by which programs know it, and the whole entries."""
    trace = history((1.0, RunStarted(1)))
    _, (first, second) = held_to([the_users_run_ends], [], trace)
    assert (first.witness, second.witness, first.words) == (tuple(trace.entries), (), "the user's run ends")
    assert first.document() == {
        "promise": "the users run ends", "message": "first", "at_s": 1.0,
        "witness": [{"at_s": 1.0, "source": "by hand", "event": "RunStarted", "steps": 1}],
    }  # fmt: skip


def test_a_promise_that_is_named_as_its_sentence_needs_no_other_words():
    """And one that was renamed tells its old name."""
    broken = Broken("no busy polling", "too fast", 1.0)
    assert (broken.words, broken.witness) == ("no busy polling", ())
    assert broken.document() == {
        "promise": "no busy polling", "message": "too fast", "at_s": 1.0, "formerly": "nobody spins", "witness": [],
    }  # fmt: skip
