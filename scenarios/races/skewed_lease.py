"""Routes have leases, and the clocks of two gateway replicas are ahead: a valid lease has ended by their clocks.

Trainer and route are right, and the control plane renews the lease in time. A reader compares the lease with its own
clock, so a clock that is ahead by the length of a lease finds no route to be valid.
"""

from gateway_sim.events import LeaseExpired
from gateway_sim.scenarios.faults.clock_skew import ClockSkew
from gateway_sim.scenarios.races import TRAINING_AND_POLLING, Expected, acts_as, answers_404
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/connections.md; leases whose ends are compared with the reader's clock, as those of client-go are not"
settings = Settings(steps=6, think_s=0.5, lease_s=3.0, fault_s=8.0)
promises = TRAINING_AND_POLLING
must_reach = [LeaseExpired]


def expected(pairing: Pairing) -> Expected:
    """As in any flap of the route, only a client without retries dies of the 404."""
    return "broken" if answers_404(pairing) and acts_as(pairing) == "plain" else "kept"


async def play(world: World) -> None:
    """After the first step, set the clocks of two replicas ahead by a lease, until they are synchronized again."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=1)
    for replica in range(1, world.settings.replicas):
        world.inject(ClockSkew(for_s=world.settings.fault_s, ahead_s=world.settings.lease_s, replica=replica))
    await run
