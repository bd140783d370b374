"""Small models learn what they are shown, and the same rows give the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from trainer_pod.tabular import TabularModel

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
