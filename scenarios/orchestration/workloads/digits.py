"""Handwritten digits as large noisy pictures, and the classifier that is trained on the preprocessed pictures.

The digits are those of scikit-learn, read from its file: importing the library takes longer than a story.
"""

from __future__ import annotations

import gzip
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from gateway_sim.trainer_pod.preprocessing import Resize
    from gateway_sim.trainer_pod.tabular import TabularModel

SIDE, SMALL = 64, 16
TRAINED_ON, JUDGED_ON, GOLDEN = 800, 400, 8
NOISE = 0.5

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Made:
    """The preprocessed pictures: `inputs` (pictures, 256), their `labels`, and the hash of a fixed batch, `golden`."""

    inputs: Array
    labels: Array
    golden: str


@lru_cache(maxsize=1)
def _digits() -> Array:
    found = importlib.util.find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("the digits come with scikit-learn, which is not installed")
    file = Path(found.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"
    with gzip.open(file, "rt") as lines:
        return np.loadtxt(lines, delimiter=",", dtype=np.int16, max_rows=TRAINED_ON + JUDGED_ON)


@lru_cache(maxsize=4)
def _pictures(seed: int, noise: float) -> Array:
    """Return the digits, enlarged and with noise, as floats (pictures, SIDE, SIDE)."""
    plain = _digits()[:, :64].reshape(-1, 8, 8).astype(np.float32) / 16
    large = np.kron(plain, np.ones((1, SIDE // 8, SIDE // 8), dtype=np.float32))
    chance = np.random.default_rng(seed)
    noisy: Array = large + noise * chance.standard_normal(large.shape, dtype=np.float32)
    return noisy


@lru_cache(maxsize=16)
def made(seed: int, noise: float, resize: Resize) -> Made:
    """Return the preprocessed pictures."""
    from gateway_sim.trainer_pod.preprocessing import resized

    return made_by(seed, noise, lambda pictures: resized(pictures, SMALL, resize))


def made_by(seed: int, noise: float, preprocess: Callable[[Array], Array]) -> Made:
    """Return the pictures that a function has preprocessed."""
    from gateway_sim.trainer_pod.preprocessing import fingerprint

    pictures = _pictures(seed, noise)
    return Made(preprocess(pictures), _digits()[:, 64], fingerprint(preprocess(pictures[-GOLDEN:])))


def classifier(seed: int) -> TabularModel:
    """Return a new classifier of preprocessed pictures."""
    from gateway_sim.trainer_pod.tabular import TabularModel

    return TabularModel((SMALL * SMALL, 32, 10), "classes", seed=seed)


def train(model: TabularModel, on: Made, steps: int) -> None:
    """Take `steps` steps on the training pictures."""
    model.fit(on.inputs[:TRAINED_ON], on.labels[:TRAINED_ON], steps=steps, learning_rate=0.01)


def answers(model: TabularModel, on: Made) -> Array:
    """Return the digits that the model sees in the other pictures, (JUDGED_ON,)."""
    seen: Array = model.answers(on.inputs[TRAINED_ON:]).argmax(-1)
    return seen


def accuracy(answered: Array, on: Made) -> float:
    """Return the share of the other pictures that were classified correctly."""
    return float((answered == on.labels[TRAINED_ON:]).mean())


@lru_cache(maxsize=64)
def undisturbed(seed: int, noise: float, model: int, steps: int, resize: Resize) -> Array:
    """Return the answers of a model that is trained and serves in one image."""
    first, on = classifier(model), made(seed, noise, resize)
    train(first, on, steps)
    return answers(first, on)
