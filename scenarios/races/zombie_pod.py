"""A job is moved in the middle of training, and its old pod stays reachable through two stale replicas.

One job has two pods, and the client knows only the first (docs/reference/stories.md §4 C5).
"""

import asyncio

from gateway_sim.control_plane.events import PodPlaced
from gateway_sim.scenarios.judge.promises.one_writer_per_job_incarnation import one_writer_per_job_incarnation
from gateway_sim.scenarios.judge.promises.what_was_checkpointed_can_be_resumed import (
    what_was_checkpointed_can_be_resumed,
)
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, is_exactly_once
from gateway_sim.scenarios.sim.events import JobPreempted, StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/stories.md §4 C5"
settings = Settings(steps=6, think_s=0.5, start_s=0.05, stale=2, lag_s=4.0, grace_s=20.0, save_every=2)
promises = [*TRAINING_CHAIN_AND_POLLING, one_writer_per_job_incarnation, what_was_checkpointed_can_be_resumed]
must_reach = [JobPreempted, PodPlaced]


def expected(pairing: Pairing) -> Expected:
    """No other client leaves the old pod for the new one."""
    return "kept" if is_exactly_once(pairing) else "broken"


async def play(world: World) -> None:
    """Move the job once every replica has its route and a checkpoint is saved."""
    await world.start_job()
    await asyncio.sleep(world.settings.lag_s)
    run = world.start_training()
    await world.until(StepAcknowledged, step=3)
    await world.preempt_job()
    await run
