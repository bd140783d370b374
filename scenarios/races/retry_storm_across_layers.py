"""A pod answers 503 for some seconds, while gateway, SDK and client each repeat every request by themselves.

The gateway repeats an attempt once, as Envoy does with `retry_on: 5xx`; the SDK repeats what is left of it, and polls
again at once after a 503 (docs/reference/protocol.md §4.3). With `--set gateway_retries=3` no client keeps the budget.
"""

from gateway_sim.events import RequestRepeated
from gateway_sim.scenarios.faults.pod_errors import PodErrors
from gateway_sim.scenarios.judge.promises.requests_per_call_stay_within_a_budget import (
    requests_per_call_stay_within_a_budget,
)
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, is_exactly_once
from gateway_sim.scenarios.sim.events import PodErred
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.events import OperationAccepted

origin = "docs/reference/protocol.md §4.3; Envoy: retry_on 5xx, num_retries 1"
settings = Settings(steps=3, forward_backward_s=1.0, pod_hold_s=0.5, gateway_retries=1, fault_s=6.0)
promises = [*TRAINING_CHAIN_AND_POLLING, requests_per_call_stay_within_a_budget]
must_reach = [RequestRepeated, PodErred]


def expected(pairing: Pairing) -> Expected:
    """A poll without a pause, times the gateway's repetitions, exceeds any budget; exactly-once waits between two."""
    return "kept" if is_exactly_once(pairing) else "broken"


async def play(world: World) -> None:
    """Let the pod fail while the first result is polled."""
    await world.start_job()
    run = world.start_training()
    await world.until(OperationAccepted, kind="forward_backward")
    world.inject(PodErrors(for_s=world.settings.fault_s))
    await run
