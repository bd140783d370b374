"""A gateway comes back after an outage, all its clients come back at once, and it refuses most of them.

The refusal is a 429 with a Retry-After. An SDK heeds it on a dispatch; on a poll tinker 0.15 and 0.18 raise a
ValueError (docs/conformance.md), so a gateway that limits polls ends the runs that it wants to protect.
"""

from gateway_sim.events import AdmissionRefused
from gateway_sim.scenarios.faults.gateway_overload import GatewayOverload
from gateway_sim.scenarios.faults.gateway_restart import GatewayRestart
from gateway_sim.scenarios.judge.promises.requests_per_call_stay_within_a_budget import (
    requests_per_call_stay_within_a_budget,
)
from gateway_sim.scenarios.judge.promises.retry_after_is_heeded import retry_after_is_heeded
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, is_exactly_once
from gateway_sim.scenarios.sim.events import FaultLifted, StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/protocol.md §4.3; the overload of a front end after an outage, as the SRE book tells it"
settings = Settings(clients=12, steps=3, batch=1, length=8, forward_backward_s=0.2, think_s=0.2, fault_s=10.0)
promises = [*TRAINING_CHAIN_AND_POLLING, retry_after_is_heeded, requests_per_call_stay_within_a_budget]
must_reach = [AdmissionRefused]


def expected(pairing: Pairing) -> Expected:
    """A 429 on a poll ends the run of an SDK that does not know it; exactly-once waits as long as it was told."""
    return "kept" if is_exactly_once(pairing) or knows_429(pairing) else "broken"


def knows_429(pairing: Pairing) -> bool:
    """Say whether the SDK repeats a poll that is answered 429."""
    return any(row.name == "busy" for row in pairing.sdk.poll)


async def play(world: World) -> None:
    """Take the gateway away for two seconds; when it is back, it admits a few requests a second."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=1)
    world.inject(GatewayRestart(for_s=2.0))
    await world.until(FaultLifted, fault=GatewayRestart.name)
    world.inject(GatewayOverload(for_s=world.settings.fault_s, retry_after_s=2.0))
    await run
