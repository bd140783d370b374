"""The pod of a small world: the product's own, except for its one model, which computes nothing."""

from collections.abc import Callable
from typing import Final

from gateway_sim.scenarios.world.account import ACCOUNT, JOB
from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.events import StepApplied
from gateway_sim.trainer_pod.futures import Futures
from gateway_sim.trainer_pod.ledger import Fresh, Ledger, OperationKey, Verdict
from gateway_sim.trainer_pod.lifecycle import PodState
from gateway_sim.trainer_pod.operations import Operation
from gateway_sim.trainer_pod.pod import TrainerPod
from gateway_sim.trainer_pod.protocol import LoraConfig, OptimStepOutput

MODEL: Final = "session-1:train:0"
POD: Final = PodConfig(ACCOUNT, JOB, 1, checkpoint_root="")


class CountingWorker:
    """A model that counts its optimizer steps; the gradients of one batch precede the first."""

    base_model = "small"
    lora = LoraConfig(rank=0)
    closing = False

    def __init__(self, futures: Futures, emit: Callable[[object], None]) -> None:
        self._futures = futures
        self._emit = emit
        self._steps = 0

    def submit(self, operation: Operation) -> None:
        """Apply a step at once; only the first has a batch's gradients."""
        self._steps += 1
        batches = int(self._steps == 1)
        self._emit(StepApplied(*POD.identity, operation.model_id, operation.seq_id, self._steps, batches, "none"))
        self._futures.settle(operation.request_id, OptimStepOutput(metrics={}))

    async def stop(self) -> None:
        """Nothing runs."""


class NoLedger(Ledger):
    """A ledger that treats every request as new: the mistake that an enumeration must find."""

    def consult(self, key: OperationKey, fingerprint: str) -> Verdict:
        """Return that the request is new."""
        return Fresh()


class SmallPod(TrainerPod):
    """A ready pod with one model in memory; with `forgets` it has no ledger."""

    def __init__(self, emit: Callable[[object], None], *, forgets: bool) -> None:
        super().__init__(POD, emit=emit)
        self.state = PodState.READY
        self._workers[MODEL] = CountingWorker(self._futures, emit)
        if forgets:
            self._ledger = NoLedger()
