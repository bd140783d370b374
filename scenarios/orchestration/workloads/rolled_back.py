"""A pod that takes steps by seq_id, and the ledger in front of it, which may live longer than the pod."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache

from scenarios.orchestration.workloads.events import AnswerRepeated, SaveCommitted
from scenarios.world.pods import BASE_MODEL
from trainer_pod.checkpoints import CheckpointStore
from trainer_pod.engine import TrainingModel
from trainer_pod.events import StepApplied
from trainer_pod.ledger import Fresh, Ledger, OperationKey, Repeat, Verdict
from trainer_pod.text import batch

MODEL = "model-1"
SIZE, LENGTH = 2, 16


class ForgettingLedger(Ledger):
    """A ledger that takes a request for new when it has not heard of it for `forgets_after_s` seconds."""

    def __init__(self, forgets_after_s: float) -> None:
        super().__init__()
        self._forgets_after_s = forgets_after_s
        self._noted_s: dict[OperationKey, float] = {}

    def consult(self, key: OperationKey, fingerprint: str) -> Verdict:
        """Say what a request is, as far as it is remembered."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._noted_s.get(key, now_s) > self._forgets_after_s:
            return Fresh()
        return super().consult(key, fingerprint)

    def record(self, key: OperationKey, fingerprint: str, request_id: str) -> None:
        """Note a request, or note it again."""
        self._noted_s[key] = asyncio.get_running_loop().time()
        super().record(key, fingerprint, request_id)


class SteppingPod:
    """One incarnation: begins at the newest checkpoint, and takes a step for each seq_id that the ledger does not know.

    `lineage` is what the ledger's keys say of where the weights come from.
    """

    def __init__(
        self, shelf: CheckpointStore, ledger: Ledger, incarnation: int, lineage: int, *, emit: Callable[[object], None]
    ) -> None:
        self._shelf = shelf
        self._ledger = ledger
        self._incarnation = incarnation
        self._lineage = lineage
        self._emit = emit
        self._model = _new_model()
        saved = sorted(int(name.removeprefix("step-")) for name in shelf.names())
        if saved:
            shelf.load(self._model, f"step-{saved[-1]}", with_optimizer=True)

    @property
    def standing(self) -> int:
        """Return how many steps the weights have behind them."""
        return self._model.step

    @property
    def weights(self) -> str:
        """Return the weights' digest."""
        return self._model.weights_digest()

    async def step(self, seq_id: int, step_s: float, save_every: int) -> None:
        """Take a step of `step_s` on the batch of this seq_id and save after every so many; answer what is known."""
        key = OperationKey(MODEL, self._lineage, seq_id)
        if isinstance(self._ledger.consult(key, "step"), Repeat):
            self._emit(AnswerRepeated(self._incarnation, seq_id))
            return
        await asyncio.sleep(step_s)
        take_step(self._model, seq_id)
        self._ledger.record(key, "step", f"req-{self._incarnation}-{seq_id}")
        weights = self._model.weights_digest()
        self._emit(StepApplied("acme", "job-1", self._incarnation, MODEL, seq_id, self._model.step, 1, weights))
        if self._model.step % save_every == 0:
            self._shelf.save(self._model, f"step-{self._model.step}")
            self._emit(SaveCommitted(self._model.step))


def take_step(model: TrainingModel, seq_id: int) -> None:
    """Move the weights on the batch of this seq_id."""
    model.forward_backward(batch(seq_id, SIZE, LENGTH), "cross_entropy")
    model.optim_step({"learning_rate": 1e-2})


def _new_model() -> TrainingModel:
    return TrainingModel(BASE_MODEL, {"rank": 4}, "cpu")


@lru_cache(maxsize=16)
def undisturbed(steps: int) -> str:
    """Return the weights after each of so many steps was taken once."""
    model = _new_model()
    for seq_id in range(1, steps + 1):
        take_step(model, seq_id)
    return model.weights_digest()
