"""A path leads to other rows, a version to removed files, and a held version to the rows of the run."""

from functools import partial

import pytest

from gateway_sim.control_plane.data.buckets import Bucket
from gateway_sim.control_plane.data.datasets import Dataset
from gateway_sim.scenarios.orchestration.workloads.model_events import ReplayRefused, RunReplayed
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.stories.playing import broken_by, play, play_anew

played = partial(play, "audit-replay")


def by_day(result: RunResult) -> list[float]:
    """Return the share of runs that each audit could reproduce."""
    return [result.damage.figures[f"reproducible_on_day_{day}"] for day in (9, 16, 30)]


def test_the_share_falls_with_age_unless_the_versions_are_held():
    """By path at once, by version after a vacuum, and never for held versions."""
    assert by_day(played("broken")) == [0.25, 0.0, 0.0]
    half_fixed = played("half-fixed")
    assert by_day(half_fixed) == [1.0, 0.25, 0.0]
    assert all("were vacuumed" in entry.event.reason for entry in half_fixed.trace.of(ReplayRefused))
    fixed = played("fixed")
    assert by_day(fixed) == [1.0, 1.0, 1.0]


def test_held_files_are_removed_when_their_holds_end():
    """The files of the four corrected cities are removed after the retention, instead of in the month."""
    for variant, files in (("half-fixed", (4, 0)), ("fixed", (0, 4))):
        figures = played(variant).damage.figures
        assert (figures["files_removed_during_the_month"], figures["files_removed_when_nobody_held_them"]) == files


def test_ignored_references_are_missed(monkeypatch):
    """A vacuum that looks at no reference is no fix, and the promise says so."""
    monkeypatch.setattr("gateway_sim.scenarios.orchestration.stories.audit_replay.needed", lambda references, now_s: [])
    assert broken_by(play_anew("audit-replay", "fixed")) == {"every run can be replayed"}


def test_a_version_that_leads_elsewhere_is_refused_by_its_manifest(monkeypatch):
    """A table that opens its newest version for every other: the replay is refused, and trains nothing."""
    opened = Dataset.open
    monkeypatch.setattr(Dataset, "open", lambda self, version=None: opened(self))
    result = play_anew("audit-replay", "fixed")
    refused = [entry.event.reason for entry in result.trace.of(ReplayRefused)]
    assert len(refused) == 11
    assert all("does not have its manifest" in reason for reason in refused)
    assert len(list(result.trace.of(RunReplayed))) == 1


def test_each_record_has_its_own_version_of_the_manifest(monkeypatch):
    """Every run overwrites the object: a reader of its newest version refuses all replays but the last run's."""
    get = Bucket.get
    monkeypatch.setattr(Bucket, "get", lambda self, key, version=None: get(self, key))
    result = play_anew("audit-replay", "fixed")
    assert "every run can be replayed" in broken_by(result)
    assert {entry.event.run for entry in result.trace.of(RunReplayed) if entry.event.day == 30} == {"run-3"}


@pytest.mark.parametrize("name", ["runs", "rows"])
def test_settings_that_contradict_themselves_are_refused(name):
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=f"{name} is 0; it must be 1 or more"):
        run(RunSpec("audit-replay", settings={name: "0"}))


def shares(variant: str, **more: str) -> dict[str, float]:
    """Return the share of runs that could be reproduced, by the day of the audit."""
    figures = played(variant, **more).damage.figures
    beginning = "reproducible_on_day_"
    return {name.removeprefix(beginning): share for name, share in figures.items() if name.startswith(beginning)}


def test_a_team_audits_on_days_of_its_own():
    """A hold that ends before the last audit is no fix for that audit."""
    assert shares("fixed", audits="5,20") == {"5": 1.0, "20": 1.0}
    assert shares("fixed", holds_days="10") == shares("half-fixed") == {"9": 1.0, "16": 0.25, "30": 0.0}


@pytest.mark.slow
def test_a_vacuum_that_keeps_or_waits_longer_than_the_audits_take_loses_nothing():
    """The retention time and the schedule of the vacuum, each on its own."""
    assert shares("half-fixed", keeps_days="40") == {"9": 1.0, "16": 1.0, "30": 1.0}
    assert shares("half-fixed", vacuums="31") == {"9": 1.0, "16": 1.0, "30": 1.0}
    assert shares("half-fixed", keeps_days="0") == {"9": 0.25, "16": 0.0, "30": 0.0}


@pytest.mark.parametrize("word", ["", "9,9", "16,9", "0,3", "9,301", "Monday"])
@pytest.mark.parametrize("name", ["audits", "vacuums"])
def test_a_list_that_is_not_of_days_is_refused(name, word):
    """With what it must be."""
    with pytest.raises(
        SettingsRefused, match=f"{name} is '{word}'; it must list days from 1 to 300 in ascending order"
    ):
        run(RunSpec("audit-replay", settings={name: word}))


@pytest.mark.parametrize(("days", "range_"), [("0", "1 or more"), ("301", "at most 300")])
def test_a_hold_ends_within_the_story(days, range_):
    """Its end is played, so it has one."""
    with pytest.raises(SettingsRefused, match=f"holds_days is .*; it must be {range_}"):
        run(RunSpec("audit-replay", settings={"holds_days": days}))
