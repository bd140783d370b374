"""A row of yesterday makes the table fresh, and the first of its late rows today; neither makes today whole."""

from functools import partial

import pytest

from gateway_sim.control_plane.data import partitions
from gateway_sim.control_plane.events import DatasetWritten, GateDecided
from gateway_sim.scenarios.orchestration.workloads.nightly import NeverPassed
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.stories.playing import play, play_anew

played = partial(play, "backfill-turns-green")


def test_the_gate_says_no_until_the_backfill_and_then_yes():
    """Nothing of today has changed in between."""
    happened = [entry.event for entry in played("broken").trace.of(GateDecided, DatasetWritten)]
    decisions = [n for n, event in enumerate(happened) if isinstance(event, GateDecided)]
    refused, passed = decisions
    assert [happened[refused].passed, happened[passed].passed] == [False, True]
    (written,) = happened[refused + 1 : passed]
    assert written.part == "date = 'day-1' AND hour < 6"


def test_the_freshness_of_the_day_passes_with_a_sixteenth_of_its_late_hours():
    """Six hours are there, and are not whole."""
    result = played("half-fixed")
    assert result.damage.amount == 6
    assert result.damage.figures["hours_in_training"] == 24


def test_completeness_waits_and_a_backfill_does_not_help():
    """The NDCG is the whole day's."""
    figures = played("fixed").damage.figures
    assert figures["ndcg"] == figures["ndcg_of_the_whole_day"]
    assert figures["waited_s"] > 5 * 3600


def test_a_gate_that_looks_at_the_wrong_day_is_missed(monkeypatch):
    """A check of completeness that any day can pass is no fix."""
    declared = partitions.declared
    yesterday = "day-1"
    monkeypatch.setattr(
        partitions,
        "declared",
        lambda parts, wanted, manifest: declared(
            parts, partitions.Wanted(yesterday, wanted.hours, wanted.fewest, wanted.most), dict.fromkeys(range(24), 320)
        ),
    )
    assert play_anew("backfill-turns-green", "fixed").verdict == "broken"


def test_a_gate_that_never_passes_is_given_up(monkeypatch):
    """Loudly, with its last reason."""
    monkeypatch.setattr(partitions, "declared", lambda *asked: partitions.Decision(False, "it never does"))
    with pytest.raises(ExceptionGroup) as failed:
        play_anew("backfill-turns-green", "fixed")
    assert failed.group_contains(NeverPassed, match="day-2 of feedback never passed its gate: it never does")


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ({"lists": "3"}, "lists is 3; every fourth is held out, so it must be 4 or more"),
        ({"corrected": "25"}, "corrected is 25; a day has 24 hours"),
        ({"corrected": "0"}, "corrected is 0; it must be 1 or more"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(word, sentence):
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("backfill-turns-green", settings=word))


@pytest.mark.slow
def test_the_gate_waits_for_as_long_as_the_day_is_late_and_is_asked_as_often_as_set():
    """A day that is four hours later holds training for four more; a gate that is asked more often passes sooner."""
    waited_s = [played("fixed", **more).damage.figures["waited_s"] for more in ({}, {"late_s": "25200"})]
    assert waited_s[1] - waited_s[0] == 4 * 3600
    assert waited_s[0] - 3600 < played("fixed", asks_every_s="300").damage.figures["waited_s"] < waited_s[0]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [("late_s", "86401", "at most 86,400"), ("late_s", "-1", "0 or more"), ("asks_every_s", "59", "60 or more")],
)
def test_a_lateness_beyond_what_the_gate_waits_for_is_refused(name, value, why):
    """With the bound."""
    with pytest.raises(SettingsRefused, match=f"{name} is .*; it must be {why}"):
        run(RunSpec("backfill-turns-green", settings={name: value}))


def test_the_age_that_counts_as_recent_decides_whether_the_gate_needs_the_backfill():
    """With half a day the rows of the evening before pass; the backfill comes after the second at which it is due."""
    early, later = played("broken", recent_s="43200"), played("broken", due_s="90000")
    assert early.damage.figures["waited_s"] == 0
    assert later.damage.figures["waited_s"] == 3600
    at_s = [entry.at_s for entry in later.trace.of(DatasetWritten) if entry.event.part == "date = 'day-1' AND hour < 6"]
    assert len(at_s) == 1
    assert 90_060 <= at_s[0] <= 91_502
