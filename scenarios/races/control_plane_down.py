"""A dispatch meets a 404 while the control plane cannot be reached; the job still runs."""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.faults.control_plane import ControlPlaneOutage
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.races import TRAINING_AND_POLLING, Expected, acts_as, answers_404
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "PR 348: a probe that fails re-raises the 404"
settings = Settings(think_s=0.1, fault_s=3.0)
promises = TRAINING_AND_POLLING
must_reach = [RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """A client survives the 404 if it sends no probe, or takes a failed probe for "unknown"."""
    return "broken" if answers_404(pairing) and acts_as(pairing) not in ("blanket-404", "exactly-once") else "kept"


async def play(world: World) -> None:
    """Stop the control plane, then hide the route for a moment."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=2)
    world.inject(ControlPlaneOutage(for_s=None))
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
