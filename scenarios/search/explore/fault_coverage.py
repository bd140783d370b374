"""Whether the faults of a world took effect in its run: a fault without effect proves nothing.

Each fault has an event of its own as its proof, so that the effect of one is no evidence of another.
"""

from typing import Any, Final

from gateway_sim.scenarios.search.explore.acts import VERBS
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.sim.events import NegativeCacheHits, RoutesLagged, RunFailed, RunFinished
from gateway_sim.scenarios.sim.trace import Trace

LAG, CACHE = "lag", "negative-cache"
AROUND: Final[dict[str, type[Any]]] = {LAG: RoutesLagged, CACHE: NegativeCacheHits}
"""The faults that are settings of the world, and the event that proves each; an act's proof is in `VERBS`."""


def faults_of(world: GeneratedCase) -> list[str]:
    """Return the names of all faults of a world."""
    s = world.settings
    late = s.stale and (s.lag_s or s.law == "simpledb-step")
    around = [LAG] * bool(late) + [CACHE] * bool(s.stale and s.negative_ttl_s)
    return around + [act.verb for act in world.acts]


def idle_faults(world: GeneratedCase, trace: Trace) -> list[str]:
    """Return the faults of a world that its run never met."""
    return [name for name in faults_of(world) if not _fired(name, trace)]


def _fired(name: str, trace: Trace) -> bool:
    if name not in VERBS:
        return trace.reached(AROUND[name])
    proofs = trace.of(VERBS[name].proof)
    # a change of the job counts only before the user's script ends
    over = None if VERBS[name].fault is not None else next(trace.of(RunFinished, RunFailed), None)
    return any(over is None or proof.at_s <= over.at_s for proof in proofs)
