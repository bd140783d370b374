"""The job's pod is preempted, and for twenty seconds the job is PENDING: not RUNNING, and not gone.

PR 348 raises on any state but RUNNING, so the client gives up a job that will run again
(docs/reference/stories.md §4 C1).
"""

from gateway_sim.scenarios.judge.promises.one_writer_per_job_incarnation import one_writer_per_job_incarnation
from gateway_sim.scenarios.judge.promises.what_was_checkpointed_can_be_resumed import (
    what_was_checkpointed_can_be_resumed,
)
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, is_exactly_once
from gateway_sim.scenarios.sim.events import JobPreempted, StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/stories.md §4 C1"
settings = Settings(steps=5, think_s=0.2, start_s=20.0, save_every=2)
promises = [*TRAINING_CHAIN_AND_POLLING, one_writer_per_job_incarnation, what_was_checkpointed_can_be_resumed]
must_reach = [JobPreempted]


def expected(pairing: Pairing) -> Expected:
    """No other client reconnects to a job whose pod was replaced."""
    return "kept" if is_exactly_once(pairing) else "broken"


async def play(world: World) -> None:
    """Take the pod away after the third step, one step after its last checkpoint."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=3)
    await world.preempt_job()
    await run
