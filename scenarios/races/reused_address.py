"""A job was moved, and stale replicas send its requests to another job's pod: one refusal must be enough.

Each such request costs the other job's pod an answer (421), and a pod without that check would take it.
"""

from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling
from gateway_sim.scenarios.judge.promises.no_pod_refuses_a_job_twice import no_pod_refuses_a_job_twice
from gateway_sim.scenarios.judge.promises.the_run_finishes import the_run_finishes
from gateway_sim.scenarios.races import Expected, is_exactly_once
from gateway_sim.scenarios.races.moved_pod import play, settings
from gateway_sim.scenarios.sim.events import AddressReused
from gateway_sim.scenarios.world.builder import Pairing

origin = (
    "docs/reference/stories.md §4 C2; docs/reference/findings.md §3, a request that says which generation it is for"
)
promises = [the_run_finishes, no_pod_refuses_a_job_twice, no_busy_polling]
must_reach = [AddressReused]
__all__ = ["expected", "must_reach", "origin", "play", "promises", "settings"]
"""The world and the story are those of `moved-pod`; only the promises differ."""


def expected(pairing: Pairing) -> Expected:
    """The 421 ends the SDK's run, unless the client says which generation it means or the gateway learns."""
    return "kept" if is_exactly_once(pairing) or pairing.gateway.name == "leased-generation" else "broken"
