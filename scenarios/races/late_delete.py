"""The delete of an old generation's route arrives while the new generation trains.

An unconditional delete removes the new route (docs/reference/stories.md §4 C6); ours is conditional on the generation.
"""

from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected
from gateway_sim.scenarios.sim.events import DeleteCameLate, StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/stories.md §4 C6"
settings = Settings(think_s=0.2)
promises = TRAINING_CHAIN_AND_POLLING
must_reach = [DeleteCameLate]


def expected(pairing: Pairing) -> Expected:
    """A conditional delete of an old generation changes nothing."""
    return "kept"


async def play(world: World) -> None:
    """Move the job, let the user train, and deliver the first generation's delete."""
    await world.start_job()
    await world.preempt_job()
    await world.until_running(2)
    run = world.start_training()
    await world.until(StepAcknowledged, step=1)
    await world.deliver_late_delete(generation=1)
    await run
