"""A checkpoint is whole or it is none; a run resumed from one is the run that was never interrupted."""

import os
from pathlib import Path

import pytest

from gateway_sim.trainer_pod.checkpoints import COMMIT, CheckpointStore
from gateway_sim.trainer_pod.engine import TrainingModel, digest
from gateway_sim.trainer_pod.protocol import LoraConfig
from gateway_sim.trainer_pod.refusals import CheckpointRefused
from gateway_sim.trainer_pod.text import batch


def model(rank: int = 4) -> TrainingModel:
    """Return a model that has seen nothing."""
    return TrainingModel("byte-transformer", LoraConfig(rank=rank), "cpu")


def train(made: TrainingModel, *steps: int) -> None:
    """Take these steps on the text."""
    for step in steps:
        made.forward_backward(batch(step, 2, 16), "cross_entropy")
        made.optim_step({"learning_rate": 1e-2})


@pytest.fixture
def shelf(tmp_path: Path) -> CheckpointStore:
    """Give the empty shelf of acme/alice."""
    return CheckpointStore(str(tmp_path), "acme", "alice")


@pytest.fixture
def saved(tmp_path: Path, shelf: CheckpointStore) -> Path:
    """Give the folder of a checkpoint named step-2."""
    made = model()
    train(made, 0, 1)
    shelf.save(made, "step-2")
    return tmp_path / "acme" / "alice" / "weights" / "step-2"


@pytest.mark.parametrize("rank", [0, 4])
def test_a_resumed_run_ends_as_the_uninterrupted_one(shelf: CheckpointStore, rank: int) -> None:
    """Save after two steps, load into a fresh model with its optimizer, two more: the same bytes as four in a row."""
    whole, first, second = model(rank), model(rank), model(rank)
    train(whole, 0, 1, 2, 3)
    train(first, 0, 1)
    path = shelf.save(first, "step-2")
    shelf.load(second, path, with_optimizer=True)
    assert second.step == 2
    train(second, 2, 3)
    assert second.weights_digest() == whole.weights_digest()


@pytest.mark.parametrize("named", ["step-2", "tinker://alice/weights/step-2", "cross_job://alice/step-2"])
def test_a_checkpoint_has_one_path_however_it_is_named(shelf: CheckpointStore, saved: Path, named: str) -> None:
    """The path that its save returned, by which a trace joins loads and saves."""
    assert shelf.path_of(named) == "tinker://alice/weights/step-2"


def test_the_path_of_another_run_and_of_another_job_names_them(tmp_path: Path, saved: Path) -> None:
    """Also where its name alone was asked for; a name that no checkpoint has is refused."""
    other = CheckpointStore(str(tmp_path), "acme", "bob", run="session-1-1:train:1")
    path = other.save(model(), "step-2")
    assert path == other.path_of("step-2") == CheckpointStore(str(tmp_path), "acme", "bob").path_of("step-2")
    assert other.path_of("cross_job://alice/step-2") == "tinker://alice/weights/step-2"
    with pytest.raises(CheckpointRefused, match="there is no checkpoint 'step-9'"):
        other.path_of("step-9")


def test_without_the_optimizer_the_weights_come_and_the_momentum_does_not(shelf: CheckpointStore, saved: Path) -> None:
    """`load_state` takes the weights bit for bit and starts the optimizer anew."""
    made, original = model(), model()
    train(original, 0, 1)
    train(made, 5)
    shelf.load(made, "step-2", with_optimizer=False)
    assert made.weights_digest() == original.weights_digest()
    assert not made.state()["exp_avg"].any()
    assert int(made.state()["optimizer_steps"]) == 0


def test_loading_drops_what_had_accumulated(shelf: CheckpointStore, saved: Path) -> None:
    """Gradients of the old weights do not reach the new ones."""
    made = model()
    made.forward_backward(batch(0, 2, 16), "cross_entropy")
    shelf.load(made, "step-2", with_optimizer=True)
    assert made.accumulated == 0
    assert not any(gradient.any() for gradient in made.gradients().values())


def test_a_torn_checkpoint_is_refused_by_name(shelf: CheckpointStore, saved: Path) -> None:
    """Without its marker all its files are nothing; the model stays as it was."""
    (saved / COMMIT).unlink()
    made = model()
    before = made.weights_digest()
    with pytest.raises(CheckpointRefused, match="checkpoint 'step-2' has no COMMIT marker: its save was cut short"):
        shelf.load(made, "step-2", with_optimizer=True)
    assert made.weights_digest() == before
    assert shelf.names() == []


def test_a_save_that_was_cut_short_leaves_the_checkpoint_before_it(
    shelf: CheckpointStore, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pod that dies between the tensors and the marker has written nothing under that name; a new save mends it."""
    made = model()
    with monkeypatch.context() as dying:
        dying.setattr("gateway_sim.trainer_pod.checkpoints._mark", _power_cut)
        with pytest.raises(KeyboardInterrupt):
            shelf.save(made, "step-2")
        with pytest.raises(KeyboardInterrupt):
            shelf.save(made, "never-saved")
    shelf.load(made, "step-2", with_optimizer=True)
    assert made.step == 2
    with pytest.raises(CheckpointRefused, match="'never-saved' has no COMMIT marker"):
        shelf.load(made, "never-saved", with_optimizer=True)
    shelf.save(made, "never-saved")
    assert shelf.names() == ["never-saved", "step-2"]


def _power_cut(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_save_committed_but_not_yet_named_counts(shelf: CheckpointStore, saved: Path) -> None:
    """A pod that dies after the marker and before the name has saved: the state is found all the same."""
    saved.rename(saved.with_name("step-2~"))
    made = model()
    shelf.load(made, "step-2", with_optimizer=True)
    assert made.step == 2
    assert shelf.names() == ["step-2"]
    with pytest.raises(CheckpointRefused, match="overwrite is false"):
        shelf.save(made, "step-2", overwrite=False)


def test_a_damaged_file_is_refused_whatever_torch_raises(shelf: CheckpointStore, saved: Path) -> None:
    """torch's CheckpointException is no Exception; it is told as a refusal all the same."""
    for tensors in saved.glob("*.distcp"):
        tensors.write_bytes(b"")
    with pytest.raises(CheckpointRefused, match="checkpoint 'step-2' cannot be read"):
        shelf.load(model(), "step-2", with_optimizer=True)


def test_weights_that_are_not_those_of_the_marker_are_refused(shelf: CheckpointStore, saved: Path) -> None:
    """Tensors of another save under this marker do not pass for it."""
    other = model()
    train(other, 7)
    shelf.save(other, "other")
    for tensors in saved.glob("*.distcp"):
        tensors.write_bytes((saved.with_name("other") / tensors.name).read_bytes())
    with pytest.raises(CheckpointRefused, match="does not hold the weights its COMMIT marker names"):
        shelf.load(model(), "step-2", with_optimizer=True)


def test_a_damaged_marker_is_refused(shelf: CheckpointStore, saved: Path) -> None:
    """A marker that cannot be read commits nothing."""
    (saved / COMMIT).write_text("{}")
    with pytest.raises(CheckpointRefused, match="COMMIT marker of checkpoint 'step-2' is damaged"):
        shelf.load(model(), "step-2", with_optimizer=True)


def test_a_checkpoint_of_another_shape_is_refused(shelf: CheckpointStore, saved: Path) -> None:
    """Rank 4 does not go into rank 8, and the refusal says both."""
    with pytest.raises(CheckpointRefused, match=r"with rank 4 and does not fit this model of .* with rank 8"):
        shelf.load(model(8), "step-2", with_optimizer=True)


def test_an_unknown_name_is_refused_with_the_known_ones(shelf: CheckpointStore, saved: Path) -> None:
    """The message says which names there are."""
    with pytest.raises(CheckpointRefused, match="no checkpoint 'step-3'; there are: step-2"):
        shelf.load(model(), "step-3", with_optimizer=True)


@pytest.mark.parametrize("name", ["", "..", "../bob", "a/b", "step-2~", "/etc/passwd", "x" * 129])
def test_a_name_cannot_leave_the_shelf(shelf: CheckpointStore, name: str) -> None:
    """Names are names, not paths."""
    with pytest.raises(CheckpointRefused, match="cannot name a checkpoint"):
        shelf.save(model(), name)
    with pytest.raises(CheckpointRefused):
        shelf.load(model(), f"tinker://alice/weights/{name}", with_optimizer=True)


def test_a_path_reaches_another_job_of_the_account_and_no_other_account(tmp_path: Path, saved: Path) -> None:
    """A recreated job resumes from its predecessor; an account stays among its own."""
    path = "tinker://alice/weights/step-2"
    made = model()
    CheckpointStore(str(tmp_path), "acme", "alice-again").load(made, path, with_optimizer=True)
    assert made.step == 2
    with pytest.raises(CheckpointRefused, match="there is no checkpoint"):
        CheckpointStore(str(tmp_path), "globex", "alice").load(made, path, with_optimizer=True)


def test_weights_for_a_sampler_are_kept_apart(shelf: CheckpointStore) -> None:
    """They are no checkpoint to resume from, and are not listed as one."""
    assert shelf.save(model(), "v1", "sampler_weights") == "tinker://alice/sampler_weights/v1"
    assert shelf.names() == []
    with pytest.raises(CheckpointRefused, match="tinker://JOB/weights/NAME"):
        shelf.load(model(), "tinker://alice/sampler_weights/v1", with_optimizer=False)


def test_a_sampler_takes_the_weights_of_either_kind_of_checkpoint(shelf: CheckpointStore, saved: Path) -> None:
    """Of a training run by its name or its path, of a sampler by its path; with the marker of each."""
    made = model()
    train(made, 3)
    path = shelf.save(made, "step-2", "sampler_weights")
    for named, step in (("step-2", 2), ("tinker://alice/weights/step-2", 2), (path, 1)):
        commit, weights = shelf.weights_of(named)
        assert (commit.step, commit.weights) == (step, digest(weights)), named
    assert digest(shelf.weights_of(path)[1]) == made.weights_digest()
    with pytest.raises(CheckpointRefused, match="there is no checkpoint 'tinker://alice/sampler_weights/none'"):
        shelf.weights_of("tinker://alice/sampler_weights/none")
    for tensors in (saved.parent.with_name("sampler_weights") / "step-2").glob("*.distcp"):
        tensors.write_bytes(b"")
    with pytest.raises(CheckpointRefused, match="cannot be read"):
        shelf.weights_of(path)


def test_a_checkpoint_for_a_sampler_holds_the_weights_alone(shelf: CheckpointStore, saved: Path) -> None:
    """A third of a training checkpoint, which has the two moments beside them."""
    shelf.save(model(), "v1", "sampler_weights")
    sizes = [
        sum(file.stat().st_size for file in place.iterdir())
        for place in (saved, saved.parent.with_name("sampler_weights") / "v1")
    ]
    assert sizes[1] < sizes[0] / 2


def test_a_save_replaces_the_one_before_unless_it_may_not(shelf: CheckpointStore, saved: Path) -> None:
    """By default; one that may not leaves the first as it was, and is free to take another name."""
    made = model()
    train(made, 0)
    with pytest.raises(CheckpointRefused, match="there is a checkpoint 'step-2' already, and overwrite is false"):
        shelf.save(made, "step-2", overwrite=False)
    assert shelf.committed("step-2").step == 2
    shelf.save(made, "step-1", overwrite=False)
    shelf.save(made, "step-2")
    assert [shelf.committed(name).step for name in shelf.names()] == [1, 1]
    assert sorted(place.name for place in saved.parent.iterdir()) == ["step-1", "step-2"]


def test_a_model_is_revived_as_it_was_saved(shelf: CheckpointStore, saved: Path) -> None:
    """Its adapter comes from the marker; the moments come where they are asked for."""
    for with_optimizer in (True, False):
        made = shelf.revive("step-2", "cpu", with_optimizer=with_optimizer)
        assert (made.step, made.base_model, made.lora_config.rank) == (2, "byte-transformer", 4)
        assert bool(made.state()["exp_avg"].any()) is with_optimizer


def test_an_adapter_of_another_seed_takes_the_weights(shelf: CheckpointStore, saved: Path) -> None:
    """The seed says how an adapter began, and nothing about one that is loaded."""
    made = TrainingModel("byte-transformer", LoraConfig(rank=4, seed=9), "cpu")
    shelf.load(made, "step-2", with_optimizer=True)
    assert made.weights_digest() == shelf.committed("step-2").weights


def test_a_marker_is_durable_before_it_has_its_name(
    shelf: CheckpointStore, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Synced whole, and then the folders in which it and its state were renamed: a power cut leaves no half of one."""
    synced: list[tuple[str, int]] = []

    def sync(descriptor: int) -> None:
        place = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        synced.append((place.name, 0 if place.is_dir() else os.fstat(descriptor).st_size))

    staged = shelf.stage(model(), "step-3")
    with monkeypatch.context() as watched:
        watched.setattr(os, "fsync", sync)
        shelf.commit("step-3", staged)
    size = (saved.with_name("step-3") / COMMIT).stat().st_size
    assert synced == [(f"{COMMIT}~", size), ("step-3~", 0), ("weights", 0)]
