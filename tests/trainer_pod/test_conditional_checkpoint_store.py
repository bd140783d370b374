"""A checkpoint is one once its marker is in the bucket, and of two who commit one name the bucket takes one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from gateway_sim.control_plane.data.buckets import Bucket, s3_client
from gateway_sim.trainer_pod.conditional_checkpoint_store import ConditionalCheckpointStore
from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.protocol import LoraConfig
from gateway_sim.trainer_pod.refusals import CheckpointRefused
from gateway_sim.trainer_pod.text import batch


def trained(steps: int) -> TrainingModel:
    """Return a model that has taken so many steps."""
    made = TrainingModel("byte-transformer", LoraConfig(rank=4), "cpu")
    for step in range(steps):
        made.forward_backward(batch(step, 2, 16), "cross_entropy")
        made.optim_step({"learning_rate": 1e-2})
    return made


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """Give a bucket that moto keeps."""
    with mock_aws():
        made = Bucket(s3_client(), "checkpoints")
        made.create()
        yield made


@pytest.fixture
def shelf(bucket: Bucket, tmp_path: Path) -> ConditionalCheckpointStore:
    """Give the empty shelf of acme/alice."""
    return ConditionalCheckpointStore(bucket, str(tmp_path), "acme", "alice")


def test_what_is_saved_comes_back_and_its_marker_is_an_object(
    shelf: ConditionalCheckpointStore, bucket: Bucket
) -> None:
    """Weights, optimizer and all; the folder itself says nothing."""
    saved, made = trained(2), trained(0)
    path = shelf.save(saved, "step-2")
    assert bucket.keys("") == ["acme/alice/weights/step-2/COMMIT"]
    shelf.load(made, path, with_optimizer=True)
    assert (made.step, made.weights_digest()) == (2, saved.weights_digest())
    assert shelf.names() == ["step-2"]
    assert shelf.revive("step-2", "cpu", with_optimizer=True).weights_digest() == saved.weights_digest()


def test_what_is_staged_is_no_checkpoint(shelf: ConditionalCheckpointStore) -> None:
    """All its tensors are there, and no marker is."""
    shelf.stage(trained(1), "step-1")
    with pytest.raises(CheckpointRefused, match="checkpoint 'step-1' has no COMMIT marker: its save was cut short"):
        shelf.load(trained(0), "step-1", with_optimizer=True)
    with pytest.raises(CheckpointRefused, match="there is no checkpoint 'step-2'; there are: none"):
        shelf.load(trained(0), "step-2", with_optimizer=True)


def test_the_second_to_commit_a_name_is_refused_and_the_first_stands(shelf: ConditionalCheckpointStore) -> None:
    """Both had staged before either committed."""
    first = trained(2)
    ours, theirs = shelf.stage(trained(1), "best"), shelf.stage(first, "best")
    shelf.commit("best", theirs)
    with pytest.raises(CheckpointRefused, match="checkpoint 'best' was committed by another process"):
        shelf.commit("best", ours)
    made = trained(0)
    shelf.load(made, "best", with_optimizer=True)
    assert made.weights_digest() == first.weights_digest()


def test_saving_the_same_again_succeeds(shelf: ConditionalCheckpointStore, bucket: Bucket) -> None:
    """A run that began anew makes the same checkpoint, and one marker is enough for both."""
    assert shelf.save(trained(2), "step-2") == shelf.save(trained(2), "step-2")
    assert len(bucket.keys("")) == 1


def test_a_save_committed_but_not_yet_named_counts(shelf: ConditionalCheckpointStore, tmp_path: Path) -> None:
    """A pod that died after the marker has saved, and the next save of that name does not take it away."""
    shelf.save(trained(2), "step-2")
    folder = tmp_path / "acme" / "alice" / "weights"
    (folder / "step-2").rename(folder / "step-2~")
    shelf.load(trained(0), "step-2", with_optimizer=True)
    staged = shelf.stage(trained(1), "step-2")
    with pytest.raises(CheckpointRefused, match="was committed by another process"):
        shelf.commit("step-2", staged)
    shelf.load(trained(0), "step-2", with_optimizer=True)


def test_what_is_removed_is_gone_and_its_name_is_free(
    shelf: ConditionalCheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the process dies after the marker: what is left has none."""
    shelf.save(trained(1), "step-1")
    with monkeypatch.context() as dies:
        dies.setattr("shutil.rmtree", lambda *place, **words: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            shelf.remove("step-1")
    assert shelf.names() == []
    with pytest.raises(CheckpointRefused, match="has no COMMIT marker"):
        shelf.load(trained(0), "step-1", with_optimizer=True)
    shelf.remove("step-1")
    with pytest.raises(CheckpointRefused, match="there is no checkpoint 'step-1'"):
        shelf.load(trained(0), "step-1", with_optimizer=True)
    shelf.save(trained(2), "step-1")
    assert shelf.committed("step-1").step == 2


def test_nothing_of_a_state_stays_behind(shelf: ConditionalCheckpointStore, tmp_path: Path) -> None:
    """Neither of what was staged and is removed, nor of a state that was committed already."""
    folder = tmp_path / "acme" / "alice" / "weights"
    shelf.stage(trained(1), "step-1")
    shelf.remove("step-1")
    assert list(folder.iterdir()) == []
    for _ in range(2):
        shelf.save(trained(1), "step-2")
    assert [place.name for place in folder.iterdir()] == ["step-2"]
    shelf.remove("step-2")
    shelf.remove("step-2")
    assert list(folder.iterdir()) == []


def test_a_checkpoint_for_a_sampler_is_kept_apart(shelf: ConditionalCheckpointStore, bucket: Bucket) -> None:
    """It is committed and removed under its purpose, and no training checkpoint of its name is touched."""
    for purpose in ("weights", "sampler_weights"):
        assert shelf.save(trained(1), "one", purpose) == f"tinker://alice/{purpose}/one"
    assert shelf.names() == ["one"]
    shelf.remove("one", "sampler_weights")
    assert bucket.keys("") == ["acme/alice/weights/one/COMMIT"]
    assert shelf.committed("one").step == 1
