"""What the profiles say, cell by cell, in virtual time; `docs/conformance.md` holds what the SDKs did."""

import contextlib
from dataclasses import replace

import pytest

from gateway_sim.client.sdk import profiles
from gateway_sim.client.sdk.errors import InternalServerError
from gateway_sim.client.sdk.profiles import ONCE, CallRule
from gateway_sim.scenarios.compare.conformance import by_profile
from gateway_sim.scenarios.compare.conformance.answers import ANSWERS
from gateway_sim.scenarios.compare.conformance.by_profile import ProfiledUser, apart, expected
from gateway_sim.scenarios.compare.conformance.places import PLACES
from gateway_sim.scenarios.compare.conformance.table import cells
from gateway_sim.scenarios.judge.limits import PACED_PER_S
from gateway_sim.scenarios.report.conformance import in_words
from gateway_sim.trainer_pod.text import batch


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


@pytest.mark.parametrize("sdk", list(profiles.PROFILES))
def test_what_was_done_and_not_heard_of_is_done_once(sdk):
    """docs/reference/protocol.md §6: the SDK sends it again under the same seq_id, and the pod's ledger knows it."""
    operations = [name for name, place in PLACES.items() if not place.of_sampler]
    wanted = list(cells([sdk], operations, [name for name, answer in ANSWERS.items() if answer.done]))
    assert len(wanted) == 9
    for cell in expected(wanted, hold_s=4.5):
        assert (cell.seen, cell.times_done, cell.applied.twice) == ("ok", 1, False), cell


@pytest.mark.parametrize(("sdk", "times"), [("tinker-0.15", 4), ("tinker-0.18", 4), ("tinker-0.38", 1)])
def test_a_sampler_whose_answers_were_lost_is_drawn_from_again_by_older_sdks(sdk, times):
    """They send it under the next seq_id, which no pod can know: 1, 3 and 7 s after the first. No weights change."""
    (cell,) = expected([(sdk, "asample", "503 after it was done")], hold_s=4.5)
    assert (cell.seen, cell.times_done, cell.applied.most) == ("ok", times, 0)


class Rerunning(ProfiledUser):
    """Runs a call again that failed, as a user does who catches exceptions: it gets the next seq_id."""

    async def _script(self):
        client = await self._connected()
        data = batch(1, self._world.settings.batch, self._world.settings.length)
        for _ in range(3):
            with contextlib.suppress(InternalServerError):
                await (await client.forward_backward(data, "cross_entropy")).result()
                break


def test_a_user_who_sends_it_again_under_another_seq_id_is_told_that_it_was_applied_twice(monkeypatch):
    """No ledger can know it for a repeat: the table must say so, and call the profile apart from the measurement."""
    impatient = replace(
        profiles.TINKER_0_15,
        legs={**profiles.TINKER_0_15.legs, "dispatch": CallRule("train", 60.0, ONCE, ONCE)},
    )
    name = ("tinker-0.15", "forward_backward", "503 after it was done")
    (right,) = expected([name], hold_s=4.5)
    monkeypatch.setattr(by_profile, "profile_of", {"tinker-0.15": impatient}.get)
    monkeypatch.setattr(by_profile, "ProfiledUser", Rerunning)
    (wrong,) = expected([name], hold_s=0.01)
    assert wrong.applied.forward_backward > 1
    assert "APPLIED TWICE" in in_words(wrong)
    assert apart([wrong], [replace(wrong, applied=right.applied)]) != []


def test_tinker_0_18_takes_a_409_for_saved_and_nothing_has_reached_the_pod():
    """The trap: one request, "ok" for the user, and no checkpoint. Other SDKs ask again until it is saved."""
    trapped, patient = expected([(sdk, "save_state", "409") for sdk in ("tinker-0.18", "tinker-0.38")], hold_s=4.5)
    assert (trapped.seen, trapped.requests, trapped.applied.save_state) == ("ok", 1, 0)
    assert (patient.seen, patient.requests, patient.applied.save_state) == ("ok", 3, 1)


@pytest.mark.parametrize(
    ("sdk", "place", "answer", "seen", "requests", "least_s", "most_s"),
    [
        ("tinker-0.15", "create_session", "503 without end", "InternalServerError", 11, 49, 66),
        ("tinker-0.15", "forward_backward", "503 without end", "InternalServerError", None, 300, 370),
        ("tinker-0.38", "save_state", "503 without end", "InternalServerError", 15, 300, 301),
        ("tinker-0.38", "forward_backward's result", "503 held 1 s without end", "hangs", None, None, None),
    ],
)
def test_when_a_profile_gives_up(sdk, place, answer, seen, requests, least_s, most_s):
    """Budgets of docs/reference/protocol.md §4: 11 attempts at connect, 300 s and a round on dispatch, 0 on a poll."""
    (cell,) = expected([(sdk, place, answer)], hold_s=9.0)
    assert cell.seen == seen
    assert requests in (None, cell.requests)
    assert cell.ended_s is None if least_s is None else least_s <= cell.ended_s <= most_s


def test_a_poller_spins_on_a_bare_503_and_not_on_a_held_one():
    """Hundreds of requests a second against one."""
    spinning, held = expected(
        [("tinker-0.15", "forward_backward's result", answer) for answer in ("503", "503 held 1 s")], hold_s=2.0
    )
    assert spinning.peak_per_s > 100 > PACED_PER_S > held.peak_per_s


def test_a_profile_that_forgets_a_retry_is_found_out(monkeypatch):
    """Take the word of the empty 400 away from a profile: the cell no longer says what was measured."""
    cells = [("tinker-0.38", "get_info", "400 empty"), ("tinker-0.38", "get_info", "404")]
    measured = expected(cells, hold_s=2.0)
    assert apart(measured, expected(cells, hold_s=2.0)) == []
    forgetful = replace(profiles.TINKER_0_38, empty_400_drops=False)
    monkeypatch.setattr(by_profile, "profile_of", {"tinker-0.38": forgetful}.get)
    ((found, said),) = apart(measured, expected(cells, hold_s=2.0))
    assert (found.answer, found.seen, said.seen) == ("400 empty", "ok", "BadRequestError")
