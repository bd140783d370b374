"""A path leads to other rows, a version to files that are gone, and a version that is held to the run itself."""

from __future__ import annotations

from functools import cache

import pytest

from control_plane.data.buckets import Bucket
from control_plane.data.datasets import Dataset
from scenarios.orchestration.workloads.data_events import ReplayRefused, RunReplayed
from scenarios.run.result import RunResult
from scenarios.run.runner import run
from scenarios.run.spec import RunSpec
from scenarios.sim.errors import SettingsRefused


@cache
def played(variant: str, **more: str) -> RunResult:
    """Play the scenario in a variant, with these settings; once for all tests that change nothing else."""
    return run(RunSpec("audit-replay", settings={"variant": variant, **more}))


def by_day(result: RunResult) -> list[float]:
    """Return what share of the runs could be had again in each audit."""
    return [result.damage.figures[f"reproducible_on_day_{day}"] for day in (9, 16, 30)]


def test_the_share_falls_with_age_unless_the_versions_are_held():
    """By path at once; by version when vacuum has been there; held not at all."""
    assert by_day(played("broken")) == [0.25, 0.0, 0.0]
    half_fixed = played("half-fixed")
    assert by_day(half_fixed) == [1.0, 0.25, 0.0]
    assert all("were vacuumed" in entry.event.reason for entry in half_fixed.trace.of(ReplayRefused))
    fixed = played("fixed")
    assert by_day(fixed) == [1.0, 1.0, 1.0]


def test_what_is_held_goes_when_nobody_is_answerable_any_more():
    """Retention ends: the files of the four corrected cities go in the end, instead of in the month."""
    for variant, files in (("half-fixed", (4, 0)), ("fixed", (0, 4))):
        told = played(variant).damage.figures
        assert (told["files_removed_during_the_month"], told["files_removed_when_nobody_held_them"]) == files


def test_references_that_nobody_asks_for_are_missed(monkeypatch):
    """A vacuum that looks at no reference is no fix, and the promise says so."""
    monkeypatch.setattr("scenarios.orchestration.stories.audit_replay.needed", lambda references, now_s: [])
    assert {violation.promise for violation in played.__wrapped__("fixed").violations} == {"every run can be replayed"}


def test_a_version_that_leads_elsewhere_is_refused_by_its_manifest(monkeypatch):
    """Somebody hands out the newest version for every other: the replay says so, and trains nothing."""
    opened = Dataset.open
    monkeypatch.setattr(Dataset, "open", lambda self, version=None: opened(self))
    result = played.__wrapped__("fixed")
    refused = [entry.event.reason for entry in result.trace.of(ReplayRefused)]
    assert len(refused) == 11
    assert all("does not have its manifest" in reason for reason in refused)
    assert len(list(result.trace.of(RunReplayed))) == 1


def test_each_record_has_its_own_version_of_the_manifest(monkeypatch):
    """The object is written anew by every run: who reads it as it is by now refuses all replays but of the last run."""
    get = Bucket.get
    monkeypatch.setattr(Bucket, "get", lambda self, key, version=None: get(self, key))
    result = played.__wrapped__("fixed")
    assert "every run can be replayed" in {violation.promise for violation in result.violations}
    assert {entry.event.run for entry in result.trace.of(RunReplayed) if entry.event.day == 30} == {"run-3"}


@pytest.mark.parametrize("name", ["runs", "rows"])
def test_settings_that_contradict_themselves_are_refused(name):
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=f"{name} is 0; it must be 1 or more"):
        run(RunSpec("audit-replay", settings={name: "0"}))
