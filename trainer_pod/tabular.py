"""Small models on tables of numbers, trained whole-batch: a ranker, a regressor, a classifier.

Orchestration failures show in the quality of these models as well as in a transformer's. They train in hundredths of a
second, and the same rows in the same order give the same weights.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import vector_to_parameters

from gateway_sim.trainer_pod.adam import Adam
from gateway_sim.trainer_pod.engine import digest, settle_torch

Objective = Literal["listwise", "squares", "classes"]


def _listwise(scores: Tensor, shares: Tensor) -> Tensor:
    """Return the cross entropy between the shares that the grades and the scores give to each list's items."""
    return functional.cross_entropy(scores.squeeze(-1), shares)


def _squares(answers: Tensor, targets: Tensor) -> Tensor:
    return functional.mse_loss(answers.squeeze(-1), targets)


OBJECTIVES: dict[Objective, tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]] = {
    "listwise": (lambda grades: torch.softmax(grades, dim=-1), _listwise),
    "squares": (lambda targets: targets, _squares),
    "classes": (Tensor.long, functional.cross_entropy),
}
"""For each objective: how targets are prepared, and the loss of the answers against prepared targets."""


class TabularModel:
    """Linear layers of these `sizes` with rectifiers between them, drawn from `seed`; two sizes make a linear model.

    Rows are float arrays (..., sizes[0]). Targets are grades (lists, items) for "listwise", numbers (rows) for
    "squares" and labels (rows) for "classes".
    """

    def __init__(self, sizes: Sequence[int], objective: Objective, *, seed: int) -> None:
        settle_torch()
        chance = torch.Generator().manual_seed(seed)
        layers: list[nn.Module] = []
        for narrow, wide in pairwise(sizes):
            layer = nn.Linear(narrow, wide)
            with torch.no_grad():
                for tensor in (layer.weight, layer.bias):
                    tensor.uniform_(-(narrow**-0.5), narrow**-0.5, generator=chance)
            layers += [layer, nn.ReLU()]
        self._net = nn.Sequential(*layers[:-1])
        self._prepared, self._objective = OBJECTIVES[objective]
        self._adam = Adam(self._net.parameters())
        self.base_model = f"tabular/{objective}/{'-'.join(map(str, sizes))}"
        self.lora_config = None
        self.step = 0

    def fit(self, rows: Any, targets: Any, *, steps: int, learning_rate: float) -> None:
        """Take `steps` steps of Adam on all rows at once."""
        inputs, wanted = _tensor(rows), self._prepared(_tensor(targets))
        for _ in range(steps):
            self._net.zero_grad()
            self._objective(self._net(inputs), wanted).backward()  # type: ignore[no-untyped-call]
            self._adam.step(learning_rate)
            self.step += 1

    def answers(self, rows: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Return the model's scores or numbers for rows (..., sizes[0]), as an array (..., sizes[-1])."""
        with torch.no_grad():
            answered: np.ndarray[Any, np.dtype[np.float32]] = self._net(_tensor(rows)).numpy()
        return answered

    def loss(self, rows: Any, targets: Any) -> float:
        """Return the objective's mean over these rows."""
        with torch.no_grad():
            return float(self._objective(self._net(_tensor(rows)), self._prepared(_tensor(targets))))

    def weights_digest(self) -> str:
        """Return the digest of every weight, byte for byte."""
        return digest(self._weights())

    def state(self) -> dict[str, Tensor]:
        """Return copies of the weights, of the optimizer's moments and of the count of steps, for a checkpoint."""
        moments = {name: torch.cat([one.flatten() for one in each]) for name, each in self._moments().items()}
        return {"weights": self._weights(), "step": torch.tensor(self.step), **moments}

    def restore(self, state: Mapping[str, Tensor], *, with_optimizer: bool) -> None:
        """Load a state that `state` returned."""
        vector_to_parameters(state["weights"], self._net.parameters())
        if with_optimizer:
            self.step = int(state["step"])
            sizes = [tensor.numel() for tensor in self._net.parameters()]
            for name, kept in self._moments().items():
                for moment, saved in zip(kept, torch.split(state[name], sizes), strict=True):
                    moment.copy_(saved.view_as(moment))
            for steps in self._adam.steps:
                steps.fill_(self.step)

    def written(self) -> bytes:
        """Return the weights as an artifact: float32, layer by layer, without names or code."""
        return bytes(self._weights().numpy().tobytes())

    def read(self, artifact: bytes) -> None:
        """Load the weights that `written` returned. Raises `ValueError` for those of a model of other sizes."""
        weights = np.frombuffer(artifact, dtype=np.float32).copy()
        if len(weights) != len(self._weights()):
            raise ValueError(f"the artifact has {len(weights)} weights; this model has {len(self._weights())}")
        vector_to_parameters(_tensor(weights), self._net.parameters())

    def _weights(self) -> Tensor:
        return torch.cat([tensor.detach().flatten() for tensor in self._net.parameters()])

    def _moments(self) -> dict[str, list[Tensor]]:
        """Return the optimizer's moments of each tensor, by the names that a checkpoint has for them."""
        return {"exp_avg": self._adam.exp_avg, "exp_avg_sq": self._adam.exp_avg_sq}


def _tensor(values: Any) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
