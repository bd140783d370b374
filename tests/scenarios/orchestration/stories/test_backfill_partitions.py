"""Overlapping backfills lose cities without a key and duplicate rows without a check; with both the table is right."""

import importlib.util
from functools import partial

import pytest

from gateway_sim.control_plane.data.datasets import Snapshot, WriteConflict
from gateway_sim.control_plane.events import WriteRefused
from gateway_sim.scenarios.orchestration.workloads.model_events import BackfillEnded, WorkerDied
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
        ({"boosted": "true", "rows": "9"}, "rows is 9; it must be 10 or more"),
        ({"cities": "0"}, "cities is 0; it must be 1 or more"),
        ({"slot_s": "1e7"}, "slot_s is 1e.07; 5 of them take longer than horizon_s"),
        ({"omits": "time"}, "omits is 'time'; it must be one of commit-check, city"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(word, sentence):
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("backfill-partitions", settings=word))


@pytest.mark.slow
def test_boosted_trees_learn_repeated_rows_and_look_good_in_training():
    """A training loss of a third, or less, of the true rows' trees, and a held-out loss that is no better."""
    repeated, true = (figures(variant, boosted="true", noise="1.1", rounds="70") for variant in ("half-fixed", "fixed"))
    assert true["boosted_train_loss"] == true["boosted_train_loss_of_the_true_rows"]
    assert true["boosted_rounds"] < repeated["boosted_rounds"] == 70
    assert repeated["boosted_train_loss"] < true["boosted_train_loss"] / 3
    assert repeated["boosted_validation_loss"] > 0.95 * true["boosted_validation_loss"]


def test_without_boosted_there_are_no_trees():
    """Nothing of scikit-learn is imported for them."""
    assert not [name for name in figures("fixed") if name.startswith("boosted")]


def test_boosted_without_its_library_is_refused(monkeypatch):
    """With the words that install it, before anything runs."""
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "sklearn" else found(name))
    with pytest.raises(SettingsRefused, match=r"boosted needs scikit-learn; run: pip install 'gateway-sim\[orch"):
        run(RunSpec("backfill-partitions", settings={"boosted": "true"}))


def test_a_backfill_takes_as_long_as_its_workers_are_apart():
    """Four slots of ten minutes instead of ninety seconds; with all at once the check refuses writers, and holds."""
    ends_s = {
        slot_s: [entry.at_s for entry in played("fixed", slot_s=slot_s).trace.of(BackfillEnded)]
        for slot_s in ("90", "600", "0")
    }
    assert [late - usual for late, usual in zip(ends_s["600"], ends_s["90"], strict=True)] == [
        pytest.approx(4 * 510.0)
    ] * 2
    assert max(ends_s["0"]) < min(ends_s["90"])
    assert played("fixed", slot_s="0").verdict == "kept"
    assert figures("fixed", slot_s="0")["commits_refused"] > 0


def test_quick_workers_do_not_meet_and_slow_ones_are_refused():
    """Five seconds end before the other backfill's worker begins; five minutes meet, and the check holds."""
    quick, slow = {"takes_s": "5", "slow_s": "5"}, {"takes_s": "300", "slow_s": "600"}
    assert played("half-fixed", **quick).verdict == "kept"
    assert played("fixed", **slow).verdict == "kept"
    assert figures("fixed", **quick)["commits_refused"] == 0 < figures("fixed", **slow)["commits_refused"]
