"""What a cell of the conformance table says, in few words."""

import pytest

from gateway_sim.scenarios.compare.conformance.cell import Applied, Found
from gateway_sim.scenarios.report.conformance import in_order, in_words, markdown

ONCE = Applied(1, 1, 1)


def found(**changes):
    """Return a cell: a 503 on a dispatch, retried five times and survived, but for `changes`."""
    cell = {
        "sdk": "tinker-0.15", "place": "forward_backward", "answer": "503", "seen": "ok", "message": "",
        "requests": 5, "peak_per_s": 2, "shortest_gap_s": 0.46, "timeout_s": None, "ended_s": 12.0, "applied": ONCE,
    }  # fmt: skip
    return Found(**{**cell, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "ok, 5 requests"),
        ({"seen": "NotFoundError", "requests": 1, "answer": "404"}, "NotFoundError"),
        ({"seen": "not asked", "requests": 0}, "not asked"),
        ({"requests": 900, "peak_per_s": 120}, "ok, 900 requests, 120/s"),
        ({"answer": "503 + Retry-After", "shortest_gap_s": 2.003}, "ok, 5 requests, heeds Retry-After"),
        ({"answer": "503 + Retry-After", "shortest_gap_s": 0.001}, "ok, 5 requests, ignores Retry-After"),
        ({"answer": "503 + Retry-After", "shortest_gap_s": None, "requests": 1}, "ok"),
        ({"answer": "no answer", "requests": 1, "timeout_s": 60.1}, "ok, times out after 60 s"),
        ({"answer": "503 after it was done"}, "ok, 5 requests, applied once"),
        ({"answer": "503 after it was done", "applied": Applied(0, 1, 1)}, "ok, 5 requests, not applied"),
        ({"answer": "503 after it was done", "applied": Applied(2, 1, 1)}, "ok, 5 requests, APPLIED TWICE"),
        ({"applied": Applied(1, 3, 1)}, "ok, 5 requests, APPLIED TWICE (3 times)"),
        (
            {"place": "asample", "answer": "503 after it was done", "applied": Applied(0, 0, 0, 5)},
            "ok, 5 requests, drawn 5 times",
        ),
        (
            {"place": "asample", "answer": "503 after it was done", "applied": Applied(0, 0, 0, 1)},
            "ok, 5 requests, drawn once",
        ),
        (
            {"answer": "503 without end", "seen": "InternalServerError", "requests": 11, "ended_s": 57.4},
            "InternalServerError after 57 s, 11 requests",
        ),
        (
            {"answer": "no answer without end", "seen": "hangs", "ended_s": None, "timeout_s": 60.0},
            "still waits after 420 s, 5 requests, times out after 60 s",
        ),
    ],
)
def test_a_cell_in_words(changes, words):
    """What the user sees first, then what it cost."""
    assert in_words(found(**changes)) == words


def test_the_page_has_a_table_for_each_sdk_in_the_order_of_the_axes():
    """Whatever order the cells were found in."""
    rows = [found(sdk="tinker-0.38"), found(answer="404", seen="NotFoundError", requests=1), found()]
    page = markdown(rows, [], command="gateway-sim conformance", date="2026-11-20", hold_s=9.0)
    assert page.index("## tinker-0.15") < page.index("| 404 | NotFoundError |") < page.index("| 503 | ok, 5 requests |")
    assert "## tinker-0.38" in page
    assert [row.answer for row in in_order(rows)] == ["404", "503", "503"]


def test_what_never_ends_has_a_table_of_its_own():
    """It answers another question: not whether the user is lost, but when."""
    endless = found(answer="503 without end", seen="InternalServerError", requests=11, ended_s=57.4)
    page = markdown([endless, found()], [], command="c", date="d", hold_s=9.0)
    brief, _, late = page.partition("Time to give up:")
    assert "| 503 | ok, 5 requests |" in brief
    assert "| 503 without end | InternalServerError after 57 s, 11 requests |" in late


def test_a_profile_that_says_otherwise_is_named_with_both_words():
    """The page says in how many cells measurement and profile agree, and what each says where they do not."""
    wrong = (found(), found(seen="InternalServerError", requests=11))
    page = markdown([wrong[0], found(answer="404")], [wrong], command="c", date="d", hold_s=9.0)
    assert "agree with 1 of 2 cells" in page
    assert "forward_backward, 503: measured ok, 5 requests; the profile says InternalServerError, 11 requests." in page
