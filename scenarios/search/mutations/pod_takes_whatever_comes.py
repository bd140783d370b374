"""A pod that does not check which job a request is for."""

from gateway_sim.scenarios.search.mutations import Guard, returning
from gateway_sim.trainer_pod.pod import TrainerPod

part = "pod"
guards = [Guard("moved-pod", "plain", "leased-generation", "no pod takes another jobs request")]
break_it = returning(TrainerPod, "admit", None)
