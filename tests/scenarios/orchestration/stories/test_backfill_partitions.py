"""Overlapping backfills lose cities without a key and duplicate rows without a check; with both the table is right."""

from functools import partial

import pytest

from gateway_sim.control_plane.data.datasets import Snapshot, WriteConflict
from gateway_sim.control_plane.events import WriteRefused
from gateway_sim.scenarios.orchestration.workloads.model_events import WorkerDied
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.stories.playing import broken_by, play, play_anew

played = partial(play, "backfill-partitions")


def figures(variant: str, **more: str):
    """Return the figures of the scenario's damage."""
    return played(variant, **more).damage.figures


def test_training_and_validation_part_where_cities_are_lost():
    """Two cities of ten are left, each row twice: the training loss is as usual, the validation loss is not."""
    broken, true = figures("broken"), figures("fixed")
    assert (broken["rows_twice"], broken["rows_lost"], broken["partitions_lost"]) == (120, 480, 8)
    assert broken["train_loss"] < 1.2 * true["train_loss"]
    assert broken["validation_loss"] > 2.5 * true["validation_loss"]


def test_the_key_alone_doubles_rows_and_the_check_alone_loses_cities():
    """Each half of the fix leaves one half of the damage; duplicated rows hardly show in a loss."""
    unchecked, keyless = figures("half-fixed"), figures("half-fixed", omits="city")
    assert unchecked["rows_twice"] > 0 == unchecked["rows_lost"]
    assert keyless["rows_lost"] > 0 == keyless["rows_twice"]
    assert unchecked["validation_loss"] < 1.1 * unchecked["validation_loss_of_the_true_rows"]


def test_the_second_writer_is_refused_and_writes_again():
    """Also if workers die unreported: their rows are replaced, not added to."""
    result = played("fixed", dies="0.5")
    assert result.verdict == "kept"
    assert result.trace.reached(WriteRefused)
    assert result.trace.reached(WorkerDied)


def test_a_check_that_looks_away_is_missed(monkeypatch):
    """A conflict that is answered by adding what was refused is no check."""
    replace = Snapshot.replace

    def stubborn(self, rows, part):
        try:
            replace(self, rows, part)
        except WriteConflict:
            self.append(rows)

    monkeypatch.setattr(Snapshot, "replace", stubborn)
    assert broken_by(play_anew("backfill-partitions", "fixed")) == {
        "no row is counted twice",
        "no update is lost",
        "the model is that of the true rows",
    }


@pytest.mark.parametrize("seed", range(5))
def test_without_the_commit_check_the_slow_writer_undoes_the_correction(monkeypatch, seed):
    """It writes what it read before the correction over what the other backfill wrote after it."""
    replace = Snapshot.replace

    def unchecked(self, rows, part):
        self.table.update_incremental()
        replace(self, rows, part)

    monkeypatch.setattr(Snapshot, "replace", unchecked)
    result = run(RunSpec("backfill-partitions", seed=seed, settings={"variant": "fixed"}))
    assert broken_by(result) == {
        "no update is lost",
        "the model is that of the true rows",
    }
    assert result.damage.figures["rows_outdated"] == 12


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ({"dies": "1"}, "dies is 1.0; it must be below 1, or no backfill ever ends"),
        ({"cities": "0"}, "cities is 0; it must be 1 or more"),
        ({"omits": "time"}, "omits is 'time'; it must be one of commit-check, city"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(word, sentence):
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("backfill-partitions", settings=word))
