"""Our gateway is deployed during a training: for three seconds its replicas know no route."""

from gateway_sim import Expected, Pairing, Settings, World
from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.scenarios.judge.promises.the_run_finishes import the_run_finishes
from gateway_sim.scenarios.sim.events import StepAcknowledged

from ..promises.the_first_step_comes_within_twenty_seconds import the_first_step_comes_within_twenty_seconds

origin = "our deployment of 12 March"
settings = Settings(think_s=0.5, fault_s=3.0)
promises = [the_run_finishes, no_step_is_applied_twice, the_first_step_comes_within_twenty_seconds]
must_reach = [RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """Only the plain client dies, and only behind the gateway that answers 404."""
    return "broken" if (pairing.client.name, pairing.gateway.name) == ("plain", "not-found") else "kept"


async def play(world: World) -> None:
    """Hide the route after the first step."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=1)
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
