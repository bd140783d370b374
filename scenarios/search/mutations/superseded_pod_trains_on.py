"""A pod that was replaced and trains on."""

from gateway_sim.scenarios.search.mutations import Guard, returning
from gateway_sim.trainer_pod.pod import TrainerPod

part = "pod"
guards = [Guard("zombie-pod", "exactly-once", "not-found", "one writer per job incarnation")]
break_it = returning(TrainerPod, "retire", None)
