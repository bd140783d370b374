"""Eighteen hours cost the evening's NDCG and look better offline; only a check of completeness with a pin holds."""

from functools import partial

import pytest

from gateway_sim.control_plane.data import datasets, partitions
from gateway_sim.scenarios.orchestration.workloads import day, nightly, ranking
from gateway_sim.scenarios.orchestration.workloads.model_events import (
    GateEnforced,
    ModelJudged,
    RankerRolledBack,
    RankerServed,
)
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import GatewaySimError, SettingsRefused
from tests.scenarios.orchestration.stories.playing import broken_by, play, play_anew

played = partial(play, "partial-partition")


def test_the_damage_is_in_the_evening_and_the_offline_judgement_does_not_see_it():
    """About 7.7 % of NDCG, all of it in the six hours that were not there; the whole day's model looks worse."""
    broken, fixed = played("broken"), played("fixed")
    assert 5 < broken.damage.figures["ndcg_lost_percent"] < 10
    assert broken.damage.figures["hours_not_whole"] == 6
    for figures in (broken.damage.figures, fixed.damage.figures):
        assert figures["ndcg"] == pytest.approx(figures["ndcg_card"], abs=0.02)
    judged, whole = (next(run.trace.of(ModelJudged)).event for run in (broken, fixed))
    lost = [1 - here / there for here, there in zip(judged.quality, whole.quality, strict=True)]
    assert max(lost[:18]) < 0.05 < min(lost[18:])
    assert judged.offline_quality > whole.offline_quality + 0.01
    assert fixed.damage.figures["waited_s"] > 5 * 3600


@pytest.mark.parametrize(
    ("omits", "broken"),
    [
        ("completeness", {"models are trained on whole days", "a model is as good as its day allows"}),
        ("rows", {"models are trained on whole days"}),
        ("manifest", {"models are trained on whole days"}),
        ("pin", {"models are trained on whole days", "training reads the version that passed"}),
    ],
)
def test_each_half_of_the_gate_that_is_left_out_is_seen(omits, broken):
    """By freshness, by counting hours, and by reading what the table has become."""
    result = played("half-fixed", omits=omits)
    assert broken_by(result) >= broken
    assert result.damage.amount >= result.damage.figures["hours_not_whole"] > 0


def test_a_gate_that_looks_away_is_missed(monkeypatch):
    """A check that reads no manifest is no fix, and the promise says so."""
    monkeypatch.setattr(partitions, "declared", lambda parts, wanted, manifest: partitions.complete(parts, wanted))
    assert play_anew("partial-partition", "fixed").verdict == "broken"


@pytest.mark.slow
@pytest.mark.parametrize("share", ["0", "0.0625", "0.5", "0.625", "0.95", "1"])
def test_the_manifest_holds_however_much_of_a_late_hour_lands_first(share):
    """On three seeds each."""
    for seed in range(3):
        result = run(RunSpec("partial-partition", seed=seed, settings={"variant": "fixed", "lands_first": share}))
        assert result.verdict == "kept", (result.replay, result.violations)
        assert result.damage.amount == 0


def test_a_plausible_number_of_rows_passes_where_most_of_a_late_hour_lands_first():
    """It refuses a sixteenth of an hour and accepts ten; it cannot know that six are to come."""
    a_sixteenth = played("half-fixed", omits="manifest", lands_first="0.0625")
    ten = played("half-fixed", omits="manifest", lands_first="0.625")
    assert (a_sixteenth.verdict, a_sixteenth.damage.figures["hours_not_whole"]) == ("kept", 0)
    assert (ten.verdict, ten.damage.figures["hours_not_whole"]) == ("broken", 6)


def test_a_producer_that_declares_too_early_is_missed(monkeypatch):
    """A manifest with the rows so far is no count of the hour; what the gate checks is then true and worthless."""
    declare = nightly.Manifest.declare

    def early(manifest, rows):
        declare(manifest, {hour: rows.get(hour, 200) for hour in range(24)})

    monkeypatch.setattr(nightly.Manifest, "declare", early)
    assert play_anew("partial-partition", "fixed").verdict == "broken"


def test_a_pin_that_slips_is_missed(monkeypatch):
    """A snapshot that reads the newest version is none."""
    rows = datasets.Snapshot.rows

    def newest(self):
        self.table.update_incremental()
        return rows(self)

    monkeypatch.setattr(datasets.Snapshot, "rows", newest)
    assert play_anew("partial-partition", "fixed").verdict == "broken"


def test_our_ndcg_is_scikit_learns():
    """On the ranker's own scores, list by list."""
    lists = ranking.lists_of_a_day(3, 1, 4)
    ranker = ranking.trained(lists)
    assert ranking.cross_checked(ranker, lists) == pytest.approx(ranking.quality(ranker, lists).mean(), abs=1e-6)
    figures = played("fixed", lists="4", cross_check="true").damage.figures
    assert figures["ndcg_by_sklearn"] == pytest.approx(figures["ndcg"], abs=1e-4)


def test_a_day_comes_out_of_the_table_as_it_went_in():
    """Whatever order its hours landed in."""
    lists = ranking.lists_of_a_day(3, 1, 4)
    rows = day.rows("day-1", lists, 5.0)
    read = day.lists_in(rows, "day-1")
    assert (read.features == lists.features).all()
    assert (read.grades == lists.grades).all()
    assert day.rows_by_hour(read) == (80,) * 24


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ({"lists": "3"}, "lists is 3; every fourth is held out, so it must be 4 or more"),
        ({"punctual": "25"}, "punctual is 25; a day has 24 hours"),
        ({"lands_first": "1.5"}, "lands_first is 1.5; it is a share of an hour, from 0 to 1"),
        ({"omits": "time"}, "omits is 'time'; it must be one of completeness, rows, manifest, pin"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(word, sentence):
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("partial-partition", settings=word))


@pytest.mark.slow
def test_the_online_test_finds_what_the_offline_quality_hides_and_the_gate_is_enforced():
    """Days later: the clicks of the arms part, the model is rolled back, and the next one gets all 24 hours."""
    result = played("broken", visits="500")
    figures, trace = result.damage.figures, result.trace
    assert 1 < figures["days_until_found"] == figures["days_online"]
    assert figures["click_through_lost_percent_at_least"] > 0
    assert broken_by(result) >= {
        "models are trained on whole days",
        "a model is as good as its day allows",
        "a model draws the clicks that its day allows",
    }
    assert "no model is rolled back by chance" not in broken_by(result)
    (back,), (enforced,) = trace.of(RankerRolledBack), trace.of(GateEnforced)
    assert back.at_s == enforced.at_s == back.event.day * 86_400
    assert figures["retrained_on_hours"] == 24
    assert [e.event.date for e in trace.of(ModelJudged)] == ["day-1", f"day-{back.event.day}"]
    # the first model serves no day after its rollback, and the second one is not found worse
    assert max(e.event.day for e in trace.of(RankerServed) if e.event.date == "day-1") == back.event.day
    assert max(e.event.day for e in trace.of(RankerServed)) == back.event.day + 1 + 28


def test_the_clicks_that_are_lost_are_those_that_the_position_model_expects():
    """Of 10,000 visits a day the measured loss is within its interval, which the test keeps at all its looks."""
    figures = played("broken", visits="10000", error_rate="0.01").damage.figures
    low, high = (figures[f"click_through_lost_percent_{end}"] for end in ("at_least", "at_most"))
    assert 0 < low <= figures["click_through_lost_percent_expected"] <= high


def test_a_whole_day_is_not_rolled_back():
    """In all the days that the test is looked at."""
    result = played("fixed", visits="500")
    assert result.verdict == "kept"
    assert (result.damage.amount, result.damage.figures["days_until_found"]) == (0, 0)
    assert result.damage.figures["days_online"] == 28
    assert not result.trace.reached(RankerRolledBack)


def test_without_visits_nothing_is_served():
    """The default is the night alone."""
    assert not played("broken").trace.reached(RankerServed)
    assert "days_until_found" not in played("broken").damage.figures


@pytest.mark.slow
def test_more_visits_find_it_sooner():
    """Ten times as many visits a day."""
    few, many = (played("broken", visits=visits).damage.figures for visits in ("500", "5000"))
    assert many["days_until_found"] < few["days_until_found"]


@pytest.mark.parametrize("name", ["tested_share", "error_rate"])
def test_a_share_of_all_visits_and_a_certain_error_are_refused(name):
    """There is no control, or no test."""
    with pytest.raises(SettingsRefused, match=f"{name} is 1.0; it must be below 1"):
        run(RunSpec("partial-partition", settings={name: "1"}))
    with pytest.raises(SettingsRefused, match=f"{name} is 0.0; it must be above 0"):
        run(RunSpec("partial-partition", settings={name: "0"}))


def test_a_gate_of_freshness_passes_while_the_newest_row_is_recent():
    """Of eighteen hours the newest is six hours old when training is due; within an hour of the late ones it passes."""
    half, strict = (played("half-fixed", **more) for more in ({}, {"recent_s": "3600"}))
    figures = [result.damage.figures for result in (half, strict)]
    assert [one["waited_s"] for one in figures] == [0, 3 * 3600]
    assert [one["hours_in_training"] for one in figures] == [18, 24]
    assert [one["hours_not_whole"] for one in figures] == [6, 6]


def test_training_that_is_due_later_waits_less_for_the_same_day():
    """The day is complete at the same second."""
    usual, later = (played("fixed", **more).damage.figures for more in ({}, {"due_s": "98100"}))
    assert usual["waited_s"] - later["waited_s"] == pytest.approx(98_100 - 88_200, abs=3600)
    assert usual["hours_in_training"] == later["hours_in_training"] == 24


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [("due_s", "86999", "87000 or more"), ("due_s", "172801", "at most 172,800"), ("recent_s", "59", "60 or more")],
)
def test_a_training_that_is_due_before_its_day_is_over_is_refused(name, value, why):
    """With the bound; and a row that is recent for no time."""
    with pytest.raises(SettingsRefused, match=f"{name} is .*; it must be {why}"):
        run(RunSpec("partial-partition", settings={name: value}))


def test_a_training_that_starts_at_once_meets_no_correction():
    """The late hours are removed a minute after the gate has passed, at the earliest; ten minutes later they lack."""
    at_once, later = (played("half-fixed", omits="pin", **more) for more in ({"starts_in_s": "0"}, {}))
    assert (at_once.verdict, later.verdict) == ("kept", "broken")
    assert played("fixed", starts_in_s="3600").verdict == "kept"


def test_a_gate_that_no_day_passes_ends_the_run_in_a_sentence():
    """The newest row is older than the age limit from the first question on."""
    with pytest.raises(ExceptionGroup) as failed:
        run(RunSpec("partial-partition", settings={"variant": "half-fixed", "recent_s": "60"}))
    assert failed.group_contains(GatewaySimError, match="never passed its gate: the newest row landed")
