"""A pod whose saves end without the marker that makes them checkpoints."""

from gateway_sim.scenarios.search.mutations import Guard, returning
from gateway_sim.trainer_pod import checkpoints

part = "pod"
guards = [Guard("preempted-not-gone", "exactly-once", "not-found", "what was checkpointed can be resumed")]
break_it = returning(checkpoints, "_mark", None)
