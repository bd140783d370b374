"""A pod that takes steps by seq_id, and the ledger in front of it, which may outlive the pod."""

import asyncio
from collections.abc import Callable
from functools import lru_cache

from gateway_sim.scenarios.orchestration.workloads.events import AnswerRepeated, SaveCommitted
from gateway_sim.scenarios.orchestration.workloads.small_model import new_model, take_step, weights_after
from gateway_sim.trainer_pod.checkpoints import CheckpointStore
from gateway_sim.trainer_pod.events import StepApplied
from gateway_sim.trainer_pod.ledger import Fresh, Ledger, OperationKey, Repeat, Verdict
from gateway_sim.trainer_pod.text import batch

MODEL = "model-1"
SIZE, LENGTH = 2, 16


class ForgettingLedger(Ledger):
    """A ledger that forgets a request `forgets_after_s` seconds after it was last recorded."""

    def __init__(self, forgets_after_s: float) -> None:
        super().__init__()
        self._forgets_after_s = forgets_after_s
        self._recorded_s: dict[OperationKey, float] = {}

    def consult(self, key: OperationKey, fingerprint: str) -> Verdict:
        """Say whether a request is new or a repeat; a forgotten one is new."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._recorded_s.get(key, now_s) > self._forgets_after_s:
            return Fresh()
        return super().consult(key, fingerprint)

    def record(self, key: OperationKey, fingerprint: str, request_id: str) -> None:
        """Record a request, or record it again."""
        self._recorded_s[key] = asyncio.get_running_loop().time()
        super().record(key, fingerprint, request_id)


class SteppingPod:
    """One incarnation: it loads the newest checkpoint, and takes a step for each seq_id that the ledger does not know.

    `lineage` is the incarnation in the ledger's keys.
    """

    def __init__(
        self, store: CheckpointStore, ledger: Ledger, incarnation: int, lineage: int, *, emit: Callable[[object], None]
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._incarnation = incarnation
        self._lineage = lineage
        self._emit = emit
        self._model = new_model()
        saved = sorted(int(name.removeprefix("step-")) for name in store.names())
        if saved:
            store.load(self._model, f"step-{saved[-1]}", with_optimizer=True)

    @property
    def steps(self) -> int:
        """The number of steps that the weights contain."""
        return self._model.step

    @property
    def weights(self) -> str:
        """The weights' digest."""
        return self._model.weights_digest()

    async def step(self, seq_id: int, step_s: float, save_every: int) -> None:
        """Take a step of `step_s` on the batch of this seq_id, and save every `save_every`; a repeat takes none."""
        key = OperationKey(MODEL, self._lineage, seq_id)
        if isinstance(self._ledger.consult(key, "step"), Repeat):
            self._emit(AnswerRepeated(self._incarnation, seq_id))
            return
        await asyncio.sleep(step_s)
        take_step(self._model, batch(seq_id, SIZE, LENGTH))
        self._ledger.record(key, "step", f"req-{self._incarnation}-{seq_id}")
        weights = self._model.weights_digest()
        self._emit(StepApplied("acme", "job-1", self._incarnation, MODEL, seq_id, self._model.step, 1, weights))
        if self._model.step % save_every == 0:
            self._store.save(self._model, f"step-{self._model.step}")
            self._emit(SaveCommitted(self._model.step))


@lru_cache(maxsize=16)
def undisturbed(steps: int) -> str:
    """Return the weights after `steps` steps, each taken once."""
    return weights_after(batch(seq_id, SIZE, LENGTH) for seq_id in range(1, steps + 1))
