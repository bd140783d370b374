"""The job is deleted and another is created under its name: the run must not go on with the other job's weights."""

from gateway_sim.control_plane.events import JobMoved
from gateway_sim.scenarios.judge.promises.a_gone_job_fails_fast import a_gone_job_fails_fast
from gateway_sim.scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling
from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.scenarios.races import Expected, today
from gateway_sim.scenarios.sim.events import JobDeleted, StepAcknowledged
from gateway_sim.scenarios.world.account import ACCOUNT, JOB
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/stories.md §4 C12"
settings = Settings(think_s=0.2)
promises = [a_gone_job_fails_fast, no_step_is_applied_twice, no_acknowledged_step_is_lost, no_busy_polling]
must_reach = [JobDeleted, JobMoved]


def expected(pairing: Pairing) -> Expected:
    """A blanket retry never checks; a verified one sees RUNNING, the new job's state once it is up."""
    if pairing.client.name == "warmup-verified":
        return "kept" if today(pairing) else "broken"
    return "broken" if pairing.client.name == "blanket-404" else "kept"


async def play(world: World) -> None:
    """Delete the job between two steps, and create one of the same name at once."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=1)
    await world.delete_job()
    world.reconciler.create(ACCOUNT, JOB)
    await run
