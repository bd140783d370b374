"""Small models learn what they are shown, and the same rows give the same weights."""

import numpy as np
import pytest

from gateway_sim.trainer_pod.checkpoints import CheckpointStore
from gateway_sim.trainer_pod.refusals import CheckpointRefused
from gateway_sim.trainer_pod.tabular import TabularModel

CHANCE = np.random.default_rng(0)
ROWS = CHANCE.standard_normal((60, 4)).astype(np.float32)
WISH = np.array([1.0, -2.0, 0.5, 0.0], dtype=np.float32)

TAUGHT = {
    "squares": ((4, 1), ROWS, ROWS @ WISH),
    "classes": ((4, 8, 2), ROWS, (ROWS @ WISH > 0)),
    "listwise": ((4, 1), ROWS.reshape(6, 10, 4), 3.0 * (ROWS @ WISH).reshape(6, 10)),
}


@pytest.mark.parametrize("objective", TAUGHT)
def test_training_lowers_the_loss_and_repeats_to_the_byte(objective):
    """Twice from the same seed; another seed ends elsewhere."""
    sizes, rows, targets = TAUGHT[objective]
    models = [TabularModel(sizes, objective, seed=seed) for seed in (1, 1, 2)]
    before = models[0].loss(rows, targets)
    for model in models:
        model.fit(rows, targets, steps=40, learning_rate=0.1)
    assert models[0].loss(rows, targets) < 0.6 * before
    digests = [model.weights_digest() for model in models]
    assert digests[0] == digests[1] != digests[2]
    assert models[0].answers(rows).shape == (*rows.shape[:-1], sizes[-1])


def test_a_model_goes_on_from_a_checkpoint_as_if_nothing_had_been(tmp_path):
    """Weights, moments and count of steps: 20 and 20 steps are 40."""
    sizes, rows, targets = TAUGHT["classes"]
    whole, first, second = (TabularModel(sizes, "classes", seed=1) for _ in range(3))
    whole.fit(rows, targets, steps=40, learning_rate=0.1)
    first.fit(rows, targets, steps=20, learning_rate=0.1)
    shelf = CheckpointStore(str(tmp_path), "acme", "job-1")
    shelf.save(first, "half")
    shelf.load(second, "half", with_optimizer=True)
    second.fit(rows, targets, steps=20, learning_rate=0.1)
    assert second.step == 40
    assert second.weights_digest() == whole.weights_digest()


@pytest.mark.parametrize(
    ("saved_in", "loaded_in", "refused"),
    [("sha256:a", "sha256:a", False), ("sha256:a", "sha256:b", True), ("", "sha256:b", False), ("sha256:a", "", False)],
)
def test_a_checkpoint_is_refused_in_another_image_than_its_own(tmp_path, saved_in, loaded_in, refused):
    """With both digests in the sentence, and the model as it was; where one is not known, none is compared."""
    sizes = TAUGHT["squares"][0]
    saved, model = (TabularModel(sizes, "squares", seed=seed) for seed in (1, 2))
    CheckpointStore(str(tmp_path), "acme", "job-1", image=saved_in).save(saved, "first")
    before = model.weights_digest()
    shelf = CheckpointStore(str(tmp_path), "acme", "job-1", image=loaded_in)
    if not refused:
        shelf.load(model, "first", with_optimizer=True)
        assert model.weights_digest() == saved.weights_digest() != before
        return
    with pytest.raises(
        CheckpointRefused, match="'first' was made in image sha256:a and does not fit this one, sha256:b"
    ):
        shelf.load(model, "first", with_optimizer=True)
    assert model.weights_digest() == before


def test_a_checkpoint_of_another_kind_of_model_is_refused_by_name(tmp_path):
    """A ranker is no classifier, and neither is a pod's model."""
    shelf = CheckpointStore(str(tmp_path), "acme", "job-1")
    shelf.save(TabularModel((4, 1), "listwise", seed=1), "ranker")
    with pytest.raises(
        CheckpointRefused, match="is of 'tabular/listwise/4-1' and does not fit this model of 'tabular/cl"
    ):
        shelf.load(TabularModel((4, 8, 2), "classes", seed=1), "ranker", with_optimizer=True)
    with pytest.raises(CheckpointRefused, match="is of 'tabular/listwise/4-1', which no pod trains"):
        shelf.revive("ranker", "cpu", with_optimizer=True)


def test_an_artifact_holds_the_weights_and_nothing_else():
    """A model of other sizes refuses it."""
    first, second = (TabularModel((3, 2), "squares", seed=seed) for seed in (1, 2))
    assert first.weights_digest() != second.weights_digest()
    second.read(first.written())
    assert first.weights_digest() == second.weights_digest()
    assert len(first.written()) == 4 * (3 * 2 + 2)
    with pytest.raises(ValueError, match="the artifact has 8 weights; this model has 5"):
        TabularModel((4, 1), "squares", seed=1).read(first.written())


def test_rows_of_float64_train_as_rows_of_float32_do():
    """The numbers of a table come as the reader has them."""
    sizes, rows, targets = TAUGHT["squares"]
    narrow, wide = (TabularModel(sizes, "squares", seed=1) for _ in range(2))
    narrow.fit(rows, targets, steps=2, learning_rate=0.1)
    wide.fit(rows.astype(np.float64), targets.astype(np.float64), steps=2, learning_rate=0.1)
    assert narrow.weights_digest() == wide.weights_digest()


def test_the_first_weights_fill_the_range_that_their_inputs_allow():
    """Uniform between plus and minus one over the root of the inputs, layer by layer; biases too."""
    weights = np.frombuffer(TabularModel((25, 400, 4), "squares", seed=1).written(), dtype=np.float32)
    first, second = weights[: 25 * 400 + 400], weights[25 * 400 + 400 :]
    assert len(second) == 400 * 4 + 4
    for layer, bound in ((first, 1 / 5), (second, 1 / 20)):
        assert (layer.min(), layer.max()) == pytest.approx((-bound, bound), rel=0.01)
        assert abs(layer.mean()) < bound / 20


@pytest.mark.parametrize(
    ("objective", "sizes", "rows", "targets", "wanted"),
    [
        ("squares", (1, 1), [[1.0], [3.0]], [0.0, 0.0], lambda told: np.mean(told[:, 0] ** 2)),
        ("classes", (1, 3), [[1.0], [3.0]], [2, 0], lambda told: np.mean(_surprise(told, np.eye(3)[[2, 0]]))),
        (
            "listwise", (1, 1), [[[1.0], [3.0]]], [[0.0, np.log(3.0)]],
            lambda told: _surprise(told[:, :, 0], np.array([[0.25, 0.75]]))[0],
        ),
    ],
)  # fmt: skip
def test_a_loss_is_the_mean_of_its_formula(objective, sizes, rows, targets, wanted):
    """Squared errors; the cross entropy of labels; that of the shares of a list's grades."""
    model = TabularModel(sizes, objective, seed=1)
    told = model.answers(rows).astype(np.float64)
    assert model.loss(rows, targets) == pytest.approx(float(wanted(told)), rel=1e-5)


def _surprise(scores, shares):
    """Return the cross entropy of each row."""
    logprobs = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return -(shares * logprobs).sum(axis=-1)


def test_hidden_layers_have_rectifiers_and_the_last_has_none():
    """By the weights in the artifact, layer by layer."""
    model = TabularModel((2, 3, 1), "squares", seed=4)
    flat = np.frombuffer(model.written(), dtype=np.float32)
    inner, inner_bias, outer, outer_bias = flat[:6].reshape(3, 2), flat[6:9], flat[9:12], flat[12]
    rows = np.array([[1.0, -2.0], [-3.0, 0.5], [4.0, 4.0]], dtype=np.float32)
    wanted = np.maximum(rows @ inner.T + inner_bias, 0.0) @ outer + outer_bias
    assert model.answers(rows)[:, 0] == pytest.approx(wanted, rel=1e-5)
    assert model.base_model == "tabular/squares/2-3-1"
    assert wanted.min() < 0.0


def test_without_the_optimizer_a_model_takes_the_weights_and_begins_to_count():
    """Its moments are its own."""
    sizes, rows, targets = TAUGHT["squares"]
    first, second = (TabularModel(sizes, "squares", seed=seed) for seed in (1, 2))
    first.fit(rows, targets, steps=3, learning_rate=0.1)
    second.restore(first.state(), with_optimizer=False)
    assert (first.step, second.step) == (3, 0)
    assert first.weights_digest() == second.weights_digest()
    assert not second.state()["exp_avg"].any()
    assert bool(first.state()["exp_avg"].any())
