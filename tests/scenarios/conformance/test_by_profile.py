"""What the profiles say, cell by cell, in virtual time; `docs/conformance.md` holds what the SDKs did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from client import sdk_profiles
from scenarios.conformance import by_profile
from scenarios.conformance.by_profile import apart, expected


@pytest.mark.parametrize(
    ("sdk", "place", "answer", "seen"),
    [
        ("tinker-0.15", "create_session", "404", "NotFoundError"),
        ("tinker-0.15", "forward_backward's result", "404", "ValueError"),
        ("tinker-0.15", "client/config", "404", "not asked"),
        ("tinker-0.18", "client/config", "404", "NotFoundError"),
        ("tinker-0.15", "get_info", "400 empty", "BadRequestError"),
        ("tinker-0.38", "get_info", "400 empty", "ok"),
        ("tinker-0.38", "create_model", "400 empty", "APIConnectionError"),
        ("fireworks-1.2", "optim_step", "connection refused", "ok"),
        ("fireworks-1.2", "session_heartbeat", "404", "ok"),
    ],
)
def test_what_a_user_sees_by_the_profile(sdk, place, answer, seen):
    """The differences between SDKs, and between legs, that the race turns on."""
    (cell,) = expected([(sdk, place, answer)], hold_s=3.0)
    assert cell.seen == seen


def test_a_poller_spins_on_a_bare_503_and_not_on_a_held_one():
    """Hundreds of requests a second against one."""
    spinning, held = expected(
        [("tinker-0.15", "forward_backward's result", answer) for answer in ("503", "503 held 1 s")], hold_s=2.0
    )
    assert spinning.peak_per_s > 100 > 5 > held.peak_per_s


def test_a_profile_that_forgets_a_retry_is_found_out(monkeypatch):
    """Take the word of the empty 400 away from a profile: the cell no longer says what was measured."""
    cells = [("tinker-0.38", "get_info", "400 empty"), ("tinker-0.38", "get_info", "404")]
    measured = expected(cells, hold_s=2.0)
    assert apart(measured, expected(cells, hold_s=2.0)) == []
    forgetful = replace(sdk_profiles.TINKER_0_38, empty_400_drops=False)
    monkeypatch.setattr(by_profile, "PROFILES", {"tinker-0.38": forgetful})
    ((found, said),) = apart(measured, expected(cells, hold_s=2.0))
    assert (found.answer, found.seen, said.seen) == ("400 empty", "ok", "BadRequestError")
