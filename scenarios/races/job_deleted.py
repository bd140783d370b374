"""The job is deleted in the middle of training; its run should end with an error at once."""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.judge.promises.a_gone_job_fails_fast import a_gone_job_fails_fast
from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling
from gateway_sim.scenarios.judge.promises.no_request_reaches_another_jobs_pod import no_request_reaches_another_jobs_pod
from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.scenarios.races import Expected, acts_as, is_exactly_once
from gateway_sim.scenarios.sim.events import JobDeleted, StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "PR 348, the second row of its table"
settings = Settings(think_s=0.2)
promises = [
    a_gone_job_fails_fast,
    no_request_reaches_another_jobs_pod,
    no_step_is_applied_twice,
    no_busy_polling,
]
must_reach = [JobDeleted, RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """A blanket retry spends its budget; so does the SDK behind a gateway that answers 503 for a deleted job."""
    if is_exactly_once(pairing):
        return "kept"
    blanket = acts_as(pairing) == "blanket-404" and getattr(pairing.gateway, "gone_status", 404) == 404
    return "broken" if pairing.gateway.name == "route-not-ready" or blanket else "kept"


async def play(world: World) -> None:
    """Delete the job between two steps."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=1)
    await world.delete_job()
    await run
