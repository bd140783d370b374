"""A watcher that never has a slow worker replaced."""

from gateway_sim.scenarios.orchestration.workloads.stragglers import Watcher
from gateway_sim.scenarios.search.mutations import StoryGuard, returning

part = "scheduling"
guards = [StoryGuard("stragglers", "a straggler slows no more steps than it takes to see it")]
break_it = returning(Watcher, "sees", None)
