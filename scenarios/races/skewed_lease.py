"""Routes have leases, and the clocks of two gateway replicas are ahead: a valid lease has ended by their clocks.

Trainer and route are right, and the control plane renews the lease in time. A reader compares the lease with its own
clock, so a clock that is ahead by the length of a lease finds no route to be valid.
"""

from gateway_sim.events import LeaseExpired
from gateway_sim.scenarios.faults.clock_skew import ClockSkew
from gateway_sim.scenarios.races import TRAINING_AND_POLLING, Expected, acts_as, answers_404, bare_503, is_exactly_once
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/architecture.md §4; Gray and Cheriton, Leases (SOSP 1989): a fast clock at the cache only costs reads"
settings = Settings(steps=6, think_s=0.5, lease_s=3.0, fault_s=8.0)
promises = TRAINING_AND_POLLING
must_reach = [LeaseExpired]


def expected(pairing: Pairing) -> Expected:
    """A strong read is believed whatever the clock, and exactly-once covers every leg.

    The PRs' retries cover a dispatch alone, and a 404 on a poll is final in the SDK. Where a balancer picks for each
    request, a poll meets a wrong clock. Where it pins connections, it depends on how many the SDK has opened before:
    those with configuration routes poll on one that leads to a wrong clock, and spin there at a bare 503.
    """
    pinned = pairing.balance == "per-connection"
    polls_wrong = not pinned or bool(pairing.sdk.config_routes)
    if is_exactly_once(pairing):
        return "kept"
    if answers_404(pairing):
        return "broken" if acts_as(pairing) == "plain" or polls_wrong else "kept"
    return "broken" if bare_503(pairing) and pinned and polls_wrong else "kept"


async def play(world: World) -> None:
    """After the first step, set the clocks of two replicas ahead by a lease, until they are synchronized again."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=1)
    for replica in range(1, world.settings.replicas):
        world.inject(ClockSkew(for_s=world.settings.fault_s, ahead_s=world.settings.lease_s, replica=replica))
    await run
