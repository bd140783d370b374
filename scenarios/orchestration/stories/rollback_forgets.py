"""A job is rolled back to its checkpoint, and the cache in front of it answers for steps that were undone.

Answers get lost, so a client resends a step under its seq_id, and the cache keeps it from being applied twice. After a
rollback the client resends the steps since the checkpoint, and the cache answers them all. A cache that forgets after a
time limit forgets too late for a rollback, and too early for a client that was disconnected
(docs/reference/stories.md §0.6).
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.scenarios.orchestration.promises.an_interruption_leaves_no_trace_in_the_weights import (
    an_interruption_leaves_no_trace_in_the_weights,
)
from gateway_sim.scenarios.orchestration.workloads.events import AnswerRepeated, RunPreempted, RunResumed, TrainingEnded
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, at_least
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.events import StepApplied
from gateway_sim.trainer_pod.ledger import Ledger

if TYPE_CHECKING:
    from gateway_sim.scenarios.orchestration.workloads.rolled_back import SteppingPod


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A run of `steps` steps of `step_s` seconds that saves after every `save_every`, rolled back once.

    The restart after that takes `restart_s`.

    An answer is lost with chance `unheard`, and the step is resent after `resends_s`; once the client is disconnected
    for `cut_off_s`. The half-fixed cache forgets an answer after `forgets_after_s`.
    """

    steps: int = 40
    step_s: float = 10.0
    save_every: int = at_least(1, 10)
    restart_s: float = 60.0
    unheard: float = 0.1
    resends_s: float = 5.0
    cut_off_s: float = 360.0
    forgets_after_s: float = 300.0

    def __post_init__(self) -> None:
        """Refuse a run without two saves before its last interval, and a client that never gets an answer."""
        super().__post_init__()
        if self.steps < 3 * self.save_every:
            raise SettingsRefused(
                f"steps is {self.steps}; with saves every {self.save_every} it must be three times that"
            )
        if self.save_every < 3:
            raise SettingsRefused(f"save_every is {self.save_every}; it must be 3 or more, or nothing is rolled back")
        if self.unheard >= 1:
            raise SettingsRefused(f"unheard is {self.unheard}; it must be below 1, or the run never ends")


origin = "docs/reference/stories.md §4 C4"
settings = Settings()
does = {
    "broken": "The cache of answers knows a step by its seq_id alone, and keeps answers over a rollback.",
    "half-fixed": "The cache forgets an answer after a time limit: too late for a rollback, too early for a client "
    "that was cut off.",
    "fixed": "The cache knows a step by seq_id and incarnation, so a rollback makes the answers of the old one void.",
}
promises = [
    no_acknowledged_step_is_lost,
    no_step_is_applied_twice,
    an_interruption_leaves_no_trace_in_the_weights,
]
must_reach = [RunPreempted, AnswerRepeated, TrainingEnded]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Train, roll back in the third save interval, and train to the end."""
    from gateway_sim.scenarios.orchestration.workloads.rolled_back import undisturbed

    s, chance = sandbox.settings, sandbox.seeds.stream("rollback")
    run = _Run(sandbox)
    training = asyncio.create_task(run.train())
    last = 2 * s.save_every + chance.randint(s.save_every // 2, s.save_every - 1)
    await sandbox.trace.until(StepAcknowledged, step=last)
    await asyncio.sleep(chance.uniform(0.1, 0.9) * s.step_s)
    training.cancel()
    await asyncio.gather(training, return_exceptions=True)
    sandbox.emit(RunPreempted(1, run.pod.steps))
    await asyncio.sleep(s.restart_s)
    run.roll_back()
    await run.train()
    sandbox.emit(TrainingEnded(s.steps, run.pod.weights, undisturbed(s.steps)))


class _Run:
    """A client and its current pod."""

    def __init__(self, sandbox: Sandbox[Settings]) -> None:
        self.pod: SteppingPod
        self._sandbox = sandbox
        self._ledger = _ledger(sandbox.settings)
        self._chance = sandbox.seeds.stream("answers")
        self._incarnation = 0
        self._acknowledged = 0
        self._cut_off = sandbox.settings.save_every // 2
        self.roll_back()

    def roll_back(self) -> None:
        """Start the next incarnation at the newest checkpoint, and tell the client its step."""
        from gateway_sim.scenarios.orchestration.workloads.rolled_back import SteppingPod
        from gateway_sim.trainer_pod.checkpoints import CheckpointStore

        self._incarnation += 1
        lineage = self._incarnation if self._sandbox.settings.variant == "fixed" else 0
        store = CheckpointStore(str(self._sandbox.folder), "acme", "job-1")
        self.pod = SteppingPod(store, self._ledger, self._incarnation, lineage, emit=self._sandbox.emit)
        self._acknowledged = self.pod.steps
        self._sandbox.emit(RunResumed(self._incarnation, self._acknowledged))

    async def train(self) -> None:
        """Request each step until its answer arrives."""
        s = self._sandbox.settings
        while self._acknowledged < s.steps:
            seq_id = self._acknowledged + 1
            await self.pod.step(seq_id, s.step_s, s.save_every)
            if seq_id == self._cut_off:
                self._cut_off = 0
                await asyncio.sleep(s.cut_off_s)
            elif self._chance.random() < s.unheard:
                await asyncio.sleep(s.resends_s)
            else:
                self._acknowledged = seq_id
                self._sandbox.emit(StepAcknowledged(seq_id))


def _ledger(s: Settings) -> Ledger:
    """Return the cache of answers, which outlives the pod: permanent, or with a time limit."""
    from gateway_sim.scenarios.orchestration.workloads.rolled_back import ForgettingLedger

    return ForgettingLedger(s.forgets_after_s) if s.variant == "half-fixed" else Ledger()


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the acknowledged steps that the weights lack, and those that they contain twice."""
    chain: list[int] = []
    for entry in trace.of(StepApplied, RunResumed):
        if isinstance(entry.event, RunResumed):
            del chain[entry.event.step :]
        else:
            chain.append(entry.event.seq_id)
    taken = Counter(chain)
    lost = sum(1 for seq_id in range(1, s.steps + 1) if seq_id not in taken)
    twice = sum(times - 1 for times in taken.values())
    acknowledged = sum(1 for _ in trace.of(StepAcknowledged))
    return Damage(
        amount=lost + twice,
        unit="steps lost or twice",
        sentence=f"{acknowledged} acknowledgements for {s.steps} steps: {lost} of them are not in the weights, and "
        f"{twice} are in them twice",
        figures={
            "acknowledgements": acknowledged,
            "steps_in_the_weights": len(chain),
            "steps_lost": lost,
            "steps_twice": twice,
            "answered_from_the_cache": sum(1 for _ in trace.of(AnswerRepeated)),
        },
    )
