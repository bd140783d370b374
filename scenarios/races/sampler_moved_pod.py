"""The job's pod is preempted while an RL script draws sequences; the next pod does not know the sampler.

A pod keeps its sampling sessions in memory. The sampler's checkpoint outlives the pod, so a sampler that is made again
on the next pod draws the same tokens for the same seeds.
"""

import asyncio

from gateway_sim.scenarios.judge.promises.every_sequence_is_of_its_weights import every_sequence_is_of_its_weights
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, is_exactly_once
from gateway_sim.scenarios.sim.events import JobPreempted
from gateway_sim.scenarios.sim.sampling_events import SequenceReceived
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/stories.md §4 C1, for an RL script: rollouts run on while the job moves"
settings = Settings(stale=1, lag_s=3.0, steps=3, samples=4, sample_s=0.3, start_s=4.0)
promises = [*TRAINING_CHAIN_AND_POLLING, every_sequence_is_of_its_weights]
must_reach = [JobPreempted]


def expected(pairing: Pairing) -> Expected:
    """Only a client that opens its sampler again, and trains again what the pod had in memory, goes on."""
    return "kept" if is_exactly_once(pairing) else "broken"


async def play(world: World) -> None:
    """Take the pod away while the third sequence of the second step is being drawn."""
    await world.start_job()
    await asyncio.sleep(world.settings.lag_s)
    run = world.start_training()
    await world.until(SequenceReceived, step=2, number=1)
    await world.preempt_job()
    await run
